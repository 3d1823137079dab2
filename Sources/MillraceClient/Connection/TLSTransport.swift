internal import MillraceCore
internal import MillraceNetwork

/// TLS over a socket. Blocks the calling thread until the deadline; used by one thread.
final class TLSTransport: ByteTransport {
    private let socket: SocketTransport
    private let session: TLSSession
    /// Plain text that has come and was not asked for yet.
    private var plain = SharedBuffer(capacity: 16 << 10)
    private var plainPosition = 0
    private let sealed = SharedBuffer(capacity: TLSSession.pieceBytes)

    /// What an answer of the protocol itself (a change of keys) may take to go out.
    private static let answerTimeout = Duration.seconds(10)

    init(
        _ socket: SocketTransport, _ address: BrokerAddress, _ configuration: ClientTLS,
        until deadline: ContinuousClock.Instant
    ) throws(ClientError) {
        self.socket = socket
        do {
            let context = try TLSContext.client(
                authorities: configuration.authorities, certificate: configuration.certificate,
                privateKey: configuration.privateKey, verifies: configuration.verifiesCertificate)
            session = try TLSSession(context, serverName: configuration.verifiesHost ? address.host : nil)
        } catch {
            throw .authentication("TLS with \(address): \(error)")
        }
        while !session.isEstablished {
            do { try session.shakeHands() } catch { throw .authentication("TLS with \(address): \(error)") }
            try send(until: deadline)
            if !session.isEstablished { try receive(until: deadline) }
        }
        try send(until: deadline)
    }

    func write(
        _ bytes: RawSpan, moreFollows: Bool, until deadline: ContinuousClock.Instant
    ) throws(ClientError) {
        do { try session.send(bytes) } catch { throw .unreachable("the broker", reason: "TLS: \(error)") }
        try send(until: deadline)
    }

    func read(
        _ count: Int, into buffer: SharedBuffer, until deadline: ContinuousClock.Instant
    ) throws(ClientError) {
        while plain.count - plainPosition < count {
            guard !session.isEnded else {
                throw .unreachable("the broker", reason: "it closed the connection")
            }
            try receive(until: deadline)
            try send(until: deadline)
        }
        hand(over: count, to: buffer)
    }

    func readAvailable(_ limit: Int, into buffer: SharedBuffer) throws(ClientError) -> Int {
        if !holdsInput {
            guard !session.isEnded else {
                throw .unreachable("the broker", reason: "it closed the connection")
            }
            let sealed = sealed
            sealed.fill { $0.removeAll() }
            guard try socket.readAvailable(TLSSession.pieceBytes, into: sealed) > 0 else { return 0 }
            try decrypt()
            // A piece of the protocol's own has an answer and no text.
            try send(until: .now + TLSTransport.answerTimeout)
        }
        let count = min(limit, plain.count - plainPosition)
        hand(over: count, to: buffer)
        return count
    }

    var descriptor: Int32 { socket.descriptor }
    var holdsInput: Bool { plain.count > plainPosition }

    private func hand(over count: Int, to buffer: SharedBuffer) {
        guard count > 0 else { return }
        let source = plain
        let range = plainPosition..<(plainPosition + count)
        buffer.fill { $0.append(source.bytes.extracting(range)) }
        plainPosition += count
        if plainPosition == plain.count {
            plain.fill { $0.removeAll() }
            plainPosition = 0
        }
    }

    /// Takes at least a byte from the socket.
    private func receive(until deadline: ContinuousClock.Instant) throws(ClientError) {
        let sealed = sealed
        sealed.fill { $0.removeAll() }
        try socket.readSome(TLSSession.pieceBytes, into: sealed, until: deadline)
        try decrypt()
    }

    private func decrypt() throws(ClientError) {
        let sealed = sealed
        do {
            try session.receive(sealed.bytes, into: plain)
        } catch {
            throw .authentication("TLS: \(error)")
        }
    }

    /// Gives the socket everything that waits for it.
    private func send(until deadline: ContinuousClock.Instant) throws(ClientError) {
        while session.hasOutput {
            let socket = socket
            let count = try session.withOutput { (bytes: RawSpan) throws(ClientError) -> Int in
                try socket.write(bytes, until: deadline)
                return bytes.byteCount
            }
            session.advanceOutput(by: count)
        }
    }
}
