internal import MillraceNetwork

/// SASL SCRAM-SHA-256 and -512, the server's side, without channel binding (RFC 5802, RFC 7677). Pure: the nonce is a
/// parameter.
///
///     client   n,,n=user,r=<client's nonce>
///     server   r=<client's nonce><server's nonce>,s=<salt>,i=<iterations>
///     client   c=<base64 of "n,,">,r=<both nonces>,p=<proof>
///     server   v=<signature>                              or  e=<error>
struct SCRAMServer: SASLServer {
    private enum State {
        /// Can become: challenged.
        case waitingForName
        /// Can become: over.
        case challenged(Challenge)
        case over
    }

    private struct Challenge {
        let name: String
        let keys: SASLCredentials.Keys?
        let bindingHeader: String
        let clientNonce: String
        let nonce: String
        let firstMessages: String
    }

    static let messageBytesMax = 4_096

    let digest: Digest
    let credentials: SASLCredentials
    private let serverNonce: String
    private var state = State.waitingForName

    /// - Parameter nonce: random, printable, without commas.
    init(_ digest: Digest, _ credentials: SASLCredentials, nonce: String) {
        self.digest = digest
        self.credentials = credentials
        serverNonce = nonce
    }

    mutating func receive(_ message: [UInt8]) -> SASLStep {
        guard message.count <= Self.messageBytesMax, let text = String(validating: message, as: UTF8.self) else {
            return refuse("a message that cannot be read", "other-error")
        }
        switch state {
        case .waitingForName: return challenge(text)
        case .challenged(let challenge): return verify(text, challenge)
        case .over: return refuse("a message behind the end", "other-error")
        }
    }

    // MARK: Steps

    private mutating func challenge(_ text: String) -> SASLStep {
        let parts = text.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else { return refuse("no header", "invalid-encoding") }
        switch parts[0] {
        case "n", "y": break
        case let binding where binding.hasPrefix("p="):
            return refuse("channel binding is not supported", "channel-binding-not-supported")
        default: return refuse("an unknown header", "invalid-encoding")
        }
        let fields = parts[2].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard fields.count >= 2, fields[0].hasPrefix("n="), fields[1].hasPrefix("r=") else {
            // `m=` stands for extensions that we must know.
            let isExtended = fields.first?.hasPrefix("m=") ?? false
            return refuse("no name or nonce", isExtended ? "extensions-not-supported" : "invalid-encoding")
        }
        guard let name = Self.decodedName(fields[0].dropFirst(2)), !name.isEmpty else {
            return refuse("a name that cannot be read", "invalid-username-encoding")
        }
        guard parts[1].isEmpty || parts[1] == "a=\(fields[0].dropFirst(2))" else {
            return refuse("'\(name)' wants to be somebody else", "other-error")
        }
        let clientNonce = fields[1].dropFirst(2)
        guard !clientNonce.isEmpty, clientNonce.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            return refuse("a nonce that is none", "invalid-encoding")
        }
        let keys = credentials.keys(of: name, digest)
        let salt = Base64.encode(keys?.salt ?? credentials.pretendedSalt(of: name))
        let nonce = clientNonce + serverNonce
        let answer = "r=\(nonce),s=\(salt),i=\(keys?.iterations ?? SASLCredentials.iterations)"
        state = .challenged(
            Challenge(
                name: name, keys: keys, bindingHeader: "\(parts[0]),\(parts[1]),",
                clientNonce: String(clientNonce), nonce: String(nonce), firstMessages: "\(parts[2]),\(answer)"))
        return .goOn(Array(answer.utf8))
    }

    private mutating func verify(_ text: String, _ challenge: Challenge) -> SASLStep {
        state = .over
        let fields = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard fields.count >= 3, let proofField = fields.last, proofField.hasPrefix("p="),
            let proof = Base64.decode(proofField.dropFirst(2)), proof.count == digest.byteCount
        else { return refuse("no proof", "invalid-proof") }
        guard fields[0] == "c=\(Base64.encode(Array(challenge.bindingHeader.utf8)))" else {
            return refuse("another channel binding than before", "channel-bindings-dont-match")
        }
        // librdkafka before 2.6.1 puts its own nonce before the whole of ours once more, and Kafka lets it: what counts
        // is that the end, which we have chosen, comes back in what is signed.
        guard fields[1].hasPrefix("r=\(challenge.clientNonce)"), fields[1].hasSuffix(challenge.nonce) else {
            return refuse("another nonce than ours", "other-error")
        }
        guard let keys = challenge.keys else {
            return refuse("there is no user '\(challenge.name)'", "unknown-user")
        }
        let withoutProof = fields.dropLast().joined(separator: ",")
        let signed = Array("\(challenge.firstMessages),\(withoutProof)".utf8)
        let signature = digest.authenticationCode(of: signed, key: keys.storedKey)
        let clientKey = zip(proof, signature).map { $0 ^ $1 }
        guard digest.hash(clientKey).equalsInConstantTime(keys.storedKey) else {
            return refuse("wrong password of '\(challenge.name)'", "invalid-proof")
        }
        let serverSignature = digest.authenticationCode(of: signed, key: keys.serverKey)
        return .authenticated(
            name: challenge.name, answer: Array("v=\(Base64.encode(serverSignature))".utf8))
    }

    private mutating func refuse(_ reason: String, _ error: String) -> SASLStep {
        state = .over
        // An unknown user and a wrong password must look the same from outside.
        let told = error == "unknown-user" ? "invalid-proof" : error
        return .refused(reason: "SASL SCRAM: \(reason)", answer: Array("e=\(told)".utf8))
    }

    /// `=2C` stands for a comma and `=3D` for an equals sign; nil where an equals sign stands for anything else.
    static func decodedName(_ text: some StringProtocol) -> String? {
        var name = ""
        var rest = Substring(text)
        while let sign = rest.firstIndex(of: "=") {
            name += rest[..<sign]
            switch rest[sign...].prefix(3) {
            case "=2C": name += ","
            case "=3D": name += "="
            default: return nil
            }
            rest = rest[sign...].dropFirst(3)
        }
        return name + rest
    }
}
