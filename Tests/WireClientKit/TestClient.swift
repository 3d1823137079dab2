package import MillraceCore
package import MillraceNetwork
package import MillraceProtocol

/// A client that waits, for tests over the loopback: it sends requests, whole or in pieces, and takes answers in order.
/// Does I/O; used by one thread.
package final class TestClient {
    package struct Closed: Error {}
    package struct TimedOut: Error {}

    private let socket: Socket
    private let tls: TLSSession?
    private let received = SharedBuffer(capacity: 64 << 10)
    private var position = 0
    private var nextCorrelation: Int32 = 100
    private static let longPatience: Int32 = 20_000
    /// Milliseconds.
    private var patience = longPatience

    package init(port: UInt16, tls context: TLSContext? = nil) throws {
        let addresses = try SocketAddress.resolve(host: "127.0.0.1", port: port)
        socket = try Socket.beginConnecting(to: addresses[0])
        tls = try context.map { try TLSSession($0, serverName: "localhost") }
        guard socket.wait(forReading: false, forWriting: true, milliseconds: patience) else { throw TimedOut() }
        if let failure = socket.connectionFailure() { throw failure }
        guard let tls else { return }
        try tls.shakeHands()
        while !tls.isEstablished || tls.hasOutput {
            try flush(tls)
            if !tls.isEstablished { try read() }
        }
    }

    // MARK: Sending

    package static func bytes<Request: WireRequest>(
        of request: Request, version: Int16, correlationID: Int32 = 1
    ) throws -> [UInt8] {
        var writer = WireWriter()
        try Frame.append(request, version: version, correlationID: correlationID, clientID: "test", to: &writer)
        return writer.bytes.copyBytes()
    }

    package func send(_ bytes: [UInt8]) throws {
        if let tls {
            try tls.send(bytes.span.bytes)
            return try flush(tls)
        }
        try write(bytes.span.bytes)
    }

    @discardableResult
    package func send<Request: WireRequest>(_ request: Request, version: Int16) throws -> Int32 {
        nextCorrelation += 1
        try send(try Self.bytes(of: request, version: version, correlationID: nextCorrelation))
        return nextCorrelation
    }

    private func flush(_ tls: TLSSession) throws {
        while tls.hasOutput {
            let bytes = tls.withOutput { [UInt8](copying: $0) }
            try write(bytes.span.bytes)
            tls.advanceOutput(by: bytes.count)
        }
    }

    private func write(_ bytes: RawSpan) throws {
        var rest = bytes
        while rest.byteCount > 0 {
            switch try socket.write(rest) {
            case .moved(let count): rest = rest.extracting(droppingFirst: count)
            default:
                guard socket.wait(forReading: false, forWriting: true, milliseconds: patience) else {
                    throw TimedOut()
                }
            }
        }
    }

    // MARK: Receiving

    private func read() throws {
        guard socket.wait(forReading: true, forWriting: false, milliseconds: patience) else { throw TimedOut() }
        let target = tls == nil ? received : SharedBuffer(capacity: 64 << 10)
        let result: TransferResult
        do {
            result = try socket.read(into: target, limit: 64 << 10)
        } catch {
            throw Closed()
        }
        switch result {
        case .ended: throw Closed()
        case .wouldBlock: return
        case .moved: try tls?.receive(target.bytes, into: received)
        }
    }

    /// The next frame, without its length.
    package func frame() throws -> [UInt8] {
        let received = received
        func length() -> Int? {
            guard received.count - position >= 4 else { return nil }
            var reader = ByteReader(position: position)
            return (try? reader.read(Int32.self, from: received.bytes)).map(Int.init)
        }
        while (length().map { received.count - position - 4 < $0 }) ?? true { try read() }
        let start = position + 4
        position = start + (length() ?? 0)
        return [UInt8](copying: received.bytes.extracting(start..<position))
    }

    /// Whether a frame comes before long; it is passed over.
    package func hasFrame(within milliseconds: Int32) throws -> Bool {
        patience = milliseconds
        defer { patience = Self.longPatience }
        do {
            _ = try frame()
            return true
        } catch is TimedOut {
            return false
        }
    }

    /// The next answer, which must be to `request` in `version`.
    package func receive<Request: WireRequest>(
        _ request: Request.Type, version: Int16
    ) throws -> (correlationID: Int32, response: Request.Response, buffer: SharedBuffer) {
        let bytes = try frame()
        let buffer = SharedBuffer(capacity: max(bytes.count, 1))
        buffer.fill { $0.append(contentsOf: bytes) }
        let isFlexible = ResponseHeader.isFlexible(Request.Response.self, version: version)
        var reader = WireReader(buffer, 0..<bytes.count, version: isFlexible ? 1 : 0, isFlexible: isFlexible)
        let header: ResponseHeader = try reader.read()
        let response: Request.Response = try Frame.readBody(
            Request.Response.self, buffer, reader.position..<bytes.count, version: version)
        return (header.correlationID, response, buffer)
    }

    package func ask<Request: WireRequest>(_ request: Request, version: Int16) throws -> Request.Response {
        let sent = try send(request, version: version)
        let (correlationID, response, _) = try receive(Request.self, version: version)
        guard correlationID == sent else { throw WireError.trailingBytes(count: Int(correlationID)) }
        return response
    }

    /// Returns once the server has closed the connection.
    package func waitForClose() throws {
        do {
            while true { try read() }
        } catch is Closed {
            return
        }
    }

    package func setBufferSizes(_ bytes: Int32) { socket.setBufferSizes(send: bytes, receive: bytes) }
}

extension RawSpan {
    @_lifetime(copy self)
    fileprivate func extracting(droppingFirst count: Int) -> RawSpan { extracting(count..<byteCount) }
}
