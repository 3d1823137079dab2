internal import MillraceCore
internal import MillraceNetwork

/// Bytes to and from one broker. Blocks the calling thread until the deadline; used by one thread.
protocol ByteTransport: AnyObject {
    /// Writes all of it.
    ///
    /// - Parameter moreFollows: more is written at once, so that the system need not send a small packet.
    func write(
        _ bytes: RawSpan, moreFollows: Bool, until deadline: ContinuousClock.Instant
    ) throws(ClientError)
    /// Reads exactly `count` bytes to the end of `buffer`.
    func read(_ count: Int, into buffer: SharedBuffer, until deadline: ContinuousClock.Instant) throws(ClientError)
    /// Reads what has come, at most `limit` bytes, to the end of `buffer`, without waiting; returns how many.
    func readAvailable(_ limit: Int, into buffer: SharedBuffer) throws(ClientError) -> Int
    /// Of the socket, to wait for input.
    var descriptor: Int32 { get }
    /// Holds input of which the descriptor does not tell any more.
    var holdsInput: Bool { get }
}

extension ByteTransport {
    func write(_ bytes: RawSpan, until deadline: ContinuousClock.Instant) throws(ClientError) {
        try write(bytes, moreFollows: false, until: deadline)
    }
}

/// The plain socket.
final class SocketTransport: ByteTransport {
    private let socket: Socket
    private let address: BrokerAddress

    /// Connects to the first address of the host that answers.
    init(_ address: BrokerAddress, until deadline: ContinuousClock.Instant) throws(ClientError) {
        self.address = address
        socket = try SocketTransport.connect(to: address, until: deadline)
        socket.setNoDelay()
    }

    func write(
        _ bytes: RawSpan, moreFollows: Bool, until deadline: ContinuousClock.Instant
    ) throws(ClientError) {
        var rest = bytes
        while rest.byteCount > 0 {
            let result: TransferResult
            do { result = try socket.write(rest, moreFollows: moreFollows) } catch {
                throw .unreachable("\(address)", reason: "\(error)")
            }
            switch result {
            case .moved(let count): rest = rest.extracting(droppingFirst: count)
            case .wouldBlock: try wait(forReading: false, until: deadline)
            case .ended: throw .unreachable("\(address)", reason: "the broker closed the connection")
            }
        }
    }

    func read(
        _ count: Int, into buffer: SharedBuffer, until deadline: ContinuousClock.Instant
    ) throws(ClientError) {
        var left = count
        while left > 0 { left -= try readSome(left, into: buffer, until: deadline) }
    }

    /// Reads what is there, at least a byte; returns how many.
    @discardableResult
    func readSome(
        _ limit: Int, into buffer: SharedBuffer, until deadline: ContinuousClock.Instant
    ) throws(ClientError) -> Int {
        while true {
            let count = try readAvailable(limit, into: buffer)
            if count > 0 { return count }
            try wait(forReading: true, until: deadline)
        }
    }

    func readAvailable(_ limit: Int, into buffer: SharedBuffer) throws(ClientError) -> Int {
        let result: TransferResult
        do {
            result = try socket.read(into: buffer, limit: limit)
        } catch {
            throw .unreachable("\(address)", reason: "\(error)")
        }
        switch result {
        case .moved(let count): return count
        case .wouldBlock: return 0
        case .ended: throw .unreachable("\(address)", reason: "the broker closed the connection")
        }
    }

    var descriptor: Int32 { socket.descriptor }
    /// All that has come is with the socket.
    var holdsInput: Bool { false }

    private func wait(forReading: Bool, until deadline: ContinuousClock.Instant) throws(ClientError) {
        guard
            socket.wait(
                forReading: forReading, forWriting: !forReading,
                milliseconds: SocketTransport.milliseconds(to: deadline))
        else { throw .timedOut("\(address)") }
    }

    private static func connect(
        to address: BrokerAddress, until deadline: ContinuousClock.Instant
    ) throws(ClientError) -> Socket {
        var reason = "its name has no address"
        do {
            for candidate in try SocketAddress.resolve(host: address.host, port: address.port) {
                do throws(SocketError) {
                    let socket = try Socket.beginConnecting(to: candidate)
                    guard socket.wait(forReading: false, forWriting: true, milliseconds: milliseconds(to: deadline))
                    else {
                        reason = "connecting took too long"
                        continue
                    }
                    if let failure = socket.connectionFailure() { throw failure }
                    return socket
                } catch {
                    reason = "\(error)"
                }
            }
        } catch {
            reason = "\(error)"
        }
        throw .unreachable("\(address)", reason: reason)
    }

    static func milliseconds(to deadline: ContinuousClock.Instant) -> Int32 {
        Int32(clamping: max(0, (deadline - .now).wholeMilliseconds))
    }
}
