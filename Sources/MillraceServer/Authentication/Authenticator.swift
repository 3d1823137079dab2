internal import MillraceNetwork

/// How far a connection over a listener with SASL has come in saying who it is (Kafka's protocol guide, "SASL
/// Authentication Sequence"; KIP-43, KIP-152). Pure but for the nonces; owned by one connection.
struct Authenticator {
    enum State {
        /// Can become: exchanging.
        case waitingForHandshake
        /// The client sends the mechanism's messages: in SaslAuthenticate requests, or as bare frames. Can become:
        /// done, failed.
        case exchanging(any SASLServer, hasBareFrames: Bool)
        case done
        case failed
    }

    private(set) var state: State
    private let credentials: SASLCredentials
    private let mechanisms: [SASLMechanism]

    init(isRequired: Bool, credentials: SASLCredentials, mechanisms: [SASLMechanism]) {
        state = isRequired ? .waitingForHandshake : .done
        self.credentials = credentials
        self.mechanisms = mechanisms
    }

    var isDone: Bool { if case .done = state { true } else { false } }

    /// The next frame has no request header: it is a message of the mechanism.
    var expectsBareFrame: Bool { if case .exchanging(_, hasBareFrames: true) = state { true } else { false } }

    var mechanismNames: [String] { mechanisms.map(\.rawValue) }

    enum Handshake { case accepted, unsupportedMechanism, illegalState }

    /// SaslHandshake: the client names a mechanism. Version 0 is followed by bare frames.
    mutating func begin(mechanism name: String, version: Int16) -> Handshake {
        guard case .waitingForHandshake = state else { return .illegalState }
        guard let mechanism = SASLMechanism(rawValue: name), mechanisms.contains(mechanism) else {
            state = .failed
            return .unsupportedMechanism
        }
        let server: any SASLServer =
            switch mechanism {
            case .plain: PlainServer(credentials: credentials)
            case .scramSHA256: SCRAMServer(.sha256, credentials, nonce: Base64.encode(SecureRandom.bytes(18)))
            case .scramSHA512: SCRAMServer(.sha512, credentials, nonce: Base64.encode(SecureRandom.bytes(18)))
            }
        state = .exchanging(server, hasBareFrames: version == 0)
        return .accepted
    }

    /// A message of the mechanism; nil where none may come now.
    mutating func receive(_ message: [UInt8]) -> SASLStep? {
        guard case .exchanging(var server, let hasBareFrames) = state else { return nil }
        let step = server.receive(message)
        switch step {
        case .goOn: state = .exchanging(server, hasBareFrames: hasBareFrames)
        case .authenticated: state = .done
        case .refused: state = .failed
        }
        return step
    }
}
