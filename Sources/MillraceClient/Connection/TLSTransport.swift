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

    func write(_ bytes: RawSpan, until deadline: ContinuousClock.Instant) throws(ClientError) {
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
        let range = plainPosition..<(plainPosition + count)
        let source = plain
        let copy = [UInt8](copying: source.bytes.extracting(range))
        buffer.fill { $0.append(contentsOf: copy) }
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
