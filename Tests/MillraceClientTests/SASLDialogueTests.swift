import Testing

@testable import MillraceClient

@Suite("What a client says to log in")
struct SASLDialogueTests {
    private func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    @Test("PLAIN tells name and password once")
    func plain() throws {
        var dialogue = SASLDialogue(ClientCredentials(mechanism: .plain, name: "ann", password: "pw"))
        #expect(try text(dialogue.next(after: nil)) == "\0ann\0pw")
        #expect(try dialogue.next(after: []) == nil)
    }

    @Test("SCRAM-SHA-256 as in the example of RFC 7677")
    func scram() throws {
        var dialogue = SASLDialogue(
            ClientCredentials(mechanism: .scramSHA256, name: "user", password: "pencil"), nonce: "rOprNGfwEbeRWgbNEkqO")
        #expect(try text(dialogue.next(after: nil)) == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
        let first = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
        #expect(
            try text(dialogue.next(after: Array(first.utf8)))
                == """
                c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=
                """)
        var impostor = dialogue
        #expect(try dialogue.next(after: Array("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".utf8)) == nil)
        #expect(throws: ClientError.self) { try impostor.next(after: Array("v=AAAA".utf8)) }
    }

    @Test(
        "a broker that changes the nonce, the salt or the count is not answered",
        arguments: [
            "r=other,s=AAAA,i=4096", "r=nonce,s=AAAA,i=4096", "r=nonceX,s=*,i=1", "r=nonceX,s=AAAA,i=0", "", "e=no",
        ])
    func hostile(first: String) throws {
        var dialogue = SASLDialogue(
            ClientCredentials(mechanism: .scramSHA512, name: "a,b=c", password: "pw"), nonce: "nonce")
        #expect(try text(dialogue.next(after: nil)) == "n,,n=a=2Cb=3Dc,r=nonce")
        #expect(throws: ClientError.self) { try dialogue.next(after: Array(first.utf8)) }
    }
}
