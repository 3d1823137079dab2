import Foundation
import Glibc
import MillraceCore
import MillraceNetwork
import Testing

@Suite("Bytes of a file to a socket")
struct SocketFileTests {
    enum Way: CaseIterable { case lent, mapped }

    /// Two ends of a connection over the loopback.
    private struct Pair: ~Copyable {
        let sender: Socket
        let receiver: Socket

        init() throws {
            let listener = try Socket.listen(host: "127.0.0.1", port: 0)
            let address = try listener.localAddress()
            let connecting = try Socket.beginConnecting(to: address)
            let hasCome = listener.wait(forReading: true, forWriting: false, milliseconds: 5_000)
            try #require(hasCome)
            let isConnected = connecting.wait(forReading: false, forWriting: true, milliseconds: 5_000)
            try #require(isConnected)
            let accepted = try listener.accept()
            sender = Socket(adopting: try #require(accepted).descriptor)
            receiver = connecting
        }
    }

    private static let pattern = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

    private func withFile(byteCount: Int, _ body: (Int32, [UInt8]) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "millrace-socket-\(UUID().uuidString)"
        let bytes = Array(Self.pattern.prefix(byteCount))
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { unlink(path) }
        let file = open(path, O_RDWR)
        try #require(file >= 0)
        defer { close(file) }
        try body(file, bytes)
    }

    private func write(
        _ way: Way, _ file: Int32, _ position: Int, _ count: Int, to socket: borrowing Socket
    ) throws -> TransferResult {
        switch way {
        case .lent: try socket.write(file: file, position: Int64(position), count: count)
        case .mapped: try socket.write(mapping: file, position: Int64(position), count: count, moreFollows: false)
        }
    }

    @Test(
        "they arrive as they are, from any place and in pieces of any size", arguments: Way.allCases,
        [0..<1, 1..<4_096, 4_095..<4_097, 4_096..<8_192, 5_000..<3_000_000, 0..<3_000_000] as [Range<Int>])
    func arrive(way: Way, range: Range<Int>) throws {
        let pair = try Pair()
        // Small, so that a write takes a part only.
        pair.sender.setBufferSizes(send: 64 << 10, receive: 64 << 10)
        try withFile(byteCount: 3_000_000) { file, bytes in
            let received = SharedBuffer(capacity: range.count)
            var sent = range.lowerBound
            while received.count < range.count {
                while sent < range.upperBound {
                    let result = try write(way, file, sent, range.upperBound - sent, to: pair.sender)
                    guard case .moved(let count) = result else { break }
                    sent += count
                }
                let isReadable = pair.receiver.wait(forReading: true, forWriting: false, milliseconds: 5_000)
                try #require(isReadable)
                _ = try pair.receiver.read(into: received, limit: 1 << 20)
            }
            #expect([UInt8](copying: received.bytes) == Array(bytes[range]))
        }
    }

    @Test("a file that ends before the bytes do is an error", arguments: Way.allCases)
    func cut(way: Way) throws {
        let pair = try Pair()
        try withFile(byteCount: 3 * 4_096) { file, _ in
            try #require(ftruncate(file, 4_096) == 0)
            // What is there may come before.
            do {
                var position = 0
                while position < 3 * 4_096 {
                    let result = try write(way, file, position, 3 * 4_096 - position, to: pair.sender)
                    guard case .moved(let count) = result, position + count <= 4_096 else {
                        Issue.record("no error but \(result) behind \(position)")
                        return
                    }
                    position += count
                }
            } catch let error as SocketError {
                #expect(!error.isPeerGone)
            }
        }
    }
}
