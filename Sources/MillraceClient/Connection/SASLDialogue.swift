internal import MillraceNetwork

/// What a client says to log in, message by message: PLAIN (RFC 4616), SCRAM-SHA-256 and -512 (RFC 5802, 7677). The
/// password stays here with SCRAM, and the broker has to prove that it knows it, too. No I/O.
struct SASLDialogue {
    private enum State {
        case beginning
        /// SCRAM: the first message has been sent; its bare part.
        case sentFirst(bare: String)
        /// SCRAM: the proof has been sent; what the broker has to answer.
        case sentProof(serverSignature: [UInt8])
        case ended
    }
    /// More iterations would only keep us busy.
    private static let iterationsMax: Int32 = 10_000_000

    private let credentials: ClientCredentials
    private let nonce: String
    private var state = State.beginning

    /// - Parameter nonce: printable and random, without commas; never used twice.
    init(_ credentials: ClientCredentials, nonce: String = Base64.encode(SecureRandom.bytes(18))) {
        self.credentials = credentials
        self.nonce = nonce
    }

    /// The next message; nil once nothing is left to say.
    ///
    /// - Parameter answer: of the broker to the one before; nil at the beginning.
    mutating func next(after answer: [UInt8]?) throws(ClientError) -> [UInt8]? {
        let text = String(decoding: answer ?? [], as: UTF8.self)
        switch state {
        case .beginning where credentials.mechanism == .plain:
            state = .ended
            return [0] + Array(credentials.name.utf8) + [0] + Array(credentials.password.utf8)
        case .beginning:
            let bare = "n=\(SASLDialogue.escaped(credentials.name)),r=\(nonce)"
            state = .sentFirst(bare: bare)
            return Array("n,,\(bare)".utf8)
        case .sentFirst(let bare): return Array(try proof(bare: bare, serverFirst: text).utf8)
        case .sentProof(let expected):
            let fields = SASLDialogue.fields(text)
            if let reason = fields["e"] { throw .authentication(reason) }
            guard let signature = fields["v"].flatMap({ Base64.decode($0) }), signature == expected else {
                throw .authentication("the broker does not know the password itself")
            }
            state = .ended
            return nil
        case .ended: return nil
        }
    }

    private mutating func proof(bare: String, serverFirst: String) throws(ClientError) -> String {
        let fields = SASLDialogue.fields(serverFirst)
        if let reason = fields["e"] { throw .authentication(reason) }
        guard let wholeNonce = fields["r"], wholeNonce.hasPrefix(nonce), wholeNonce.count > nonce.count,
            let salt = fields["s"].flatMap({ Base64.decode($0) }), let iterations = fields["i"].flatMap({ Int32($0) }),
            (1...SASLDialogue.iterationsMax).contains(iterations)
        else { throw .authentication("the broker's SCRAM message is malformed") }
        let digest: Digest = credentials.mechanism == .scramSHA512 ? .sha512 : .sha256
        let salted = digest.derivedKey(password: Array(credentials.password.utf8), salt: salt, iterations: iterations)
        let clientKey = digest.authenticationCode(of: Array("Client Key".utf8), key: salted)
        let withoutProof = "c=biws,r=\(wholeNonce)"
        let message = Array("\(bare),\(serverFirst),\(withoutProof)".utf8)
        let clientSignature = digest.authenticationCode(of: message, key: digest.hash(clientKey))
        let serverKey = digest.authenticationCode(of: Array("Server Key".utf8), key: salted)
        state = .sentProof(serverSignature: digest.authenticationCode(of: message, key: serverKey))
        let proof = zip(clientKey, clientSignature).map { $0 ^ $1 }
        return "\(withoutProof),p=\(Base64.encode(proof))"
    }

    /// `a=…,b=…` by letter.
    private static func fields(_ text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for part in text.split(separator: ",") where part.dropFirst().first == "=" {
            fields[String(part.prefix(1))] = String(part.dropFirst(2))
        }
        return fields
    }

    private static func escaped(_ name: String) -> String {
        name.reduce(into: "") { $0 += $1 == "=" ? "=3D" : $1 == "," ? "=2C" : String($1) }
    }
}
