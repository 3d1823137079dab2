import MillraceNetwork
import Testing

@Suite("Digests and base64")
struct DigestTests {
    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("hashes are those of FIPS 180-2's examples")
    func hashes() {
        #expect(
            hexadecimal(Digest.sha256.hash(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            hexadecimal(Digest.sha512.hash(Array("abc".utf8)))
                == "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")
    }

    @Test("authentication codes are those of RFC 4231, case 2")
    func authenticationCodes() {
        let text = Array("what do ya want for nothing?".utf8)
        #expect(
            hexadecimal(Digest.sha256.authenticationCode(of: text, key: Array("Jefe".utf8)))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            hexadecimal(Digest.sha512.authenticationCode(of: text, key: Array("Jefe".utf8)))
                == "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737")
    }

    @Test("derived keys are those of RFC 7914, §11")
    func derivedKeys() {
        let key = Digest.sha256.derivedKey(password: Array("passwd".utf8), salt: Array("salt".utf8), iterations: 1)
        #expect(hexadecimal(key) == "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc")
    }

    @Test(
        "base64 is that of RFC 4648, §10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func base64(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
    }

    @Test(
        "text that is no base64 is refused", arguments: ["Z", "Zg", "Zg=", "====", "Zh==", "Zm9=", "Zm 9", "Zg==Zg=="])
    func noBase64(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test("bytes are compared as a whole")
    func comparison() {
        #expect([1, 2, 3].equalsInConstantTime([1, 2, 3]))
        #expect(![1, 2, 3].equalsInConstantTime([1, 2, 4]))
        #expect(![1, 2, 3].equalsInConstantTime([1, 2]))
        #expect([UInt8]().equalsInConstantTime([]))
        #expect(SecureRandom.bytes(16) != SecureRandom.bytes(16))
    }
}
