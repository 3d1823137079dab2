import MillraceBroker
import MillraceCore
import MillraceProtocol
import MillraceSimulation
import Testing
import WireFuzzKit
import WireClientKit

@testable import MillraceServer

/// Requests that can be read, with any values in them: whatever they ask for, handlers answer, or the connection is
/// closed, and the server goes on for everybody else.
@Suite("Requests with random fields")
struct RandomRequestsTests {
    private static let requests = SupportedVersions.rows.map(\.request)

    @Test("are answered or refused, and hurt nobody", arguments: 0..<6 as Range<UInt64>)
    func answered(seed: UInt64) throws {
        let server = try TestServer(onDisk: false)
        for topic in ["events", "a"] { try server.broker.createTopic(topic, partitionCount: 2) }
        var random = SeededGenerator(seed: seed)
        var client = try server.client()
        for request in Self.requests {
            for version in request.versions {
                let kind = MessageKind(request: request, isRequest: true, version: version)
                let frame = try kind.frame(using: &random)
                do {
                    try client.send(Self.length(of: frame) + frame)
                    // Some wait for records or members; their time is none of this test.
                    if try client.hasFrame(within: 100) { continue }
                } catch {
                    // Closed: that is an answer, too.
                }
                client = try server.client()
            }
        }
        let other = try server.client()
        let metadata = try other.ask(Requests.metadata(nil), version: 9)
        #expect(metadata.error == .none, "seed \(seed)")
        server.server.stop(grace: .zero)
    }

    private static func length(of frame: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(Int32(frame.count))
        return writer.copyBytes()
    }

    @Test("of bytes that were changed on the way, too", arguments: 0..<6 as Range<UInt64>)
    func mutated(seed: UInt64) throws {
        let server = try TestServer(onDisk: false)
        try server.broker.createTopic("events", partitionCount: 2)
        var random = SeededGenerator(seed: seed)
        var client = try server.client()
        for request in Self.requests {
            let version = Int16.random(in: request.versions, using: &random)
            var frame = try MessageKind(request: request, isRequest: true, version: version).frame(using: &random)
            for _ in 0..<Int.random(in: 1...4, using: &random) where !frame.isEmpty {
                frame[Int.random(in: 0..<frame.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do {
                try client.send(Self.length(of: frame) + frame)
                if try client.hasFrame(within: 100) { continue }
            } catch {
                // Closed.
            }
            client = try server.client()
        }
        _ = try server.client().ask(Requests.metadata(nil), version: 9)
    }
}
