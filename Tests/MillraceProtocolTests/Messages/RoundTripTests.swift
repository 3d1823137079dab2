import MillraceCore
import MillraceProtocol
import MillraceSimulation
import Testing
import WireFuzzKit

/// Every version of every message, without Kafka's schemas at hand.
@Suite("Messages there and back")
struct RoundTripTests {
    @Test("random messages come back as they were", arguments: 0..<30 as Range<UInt64>)
    func random(seed: UInt64) throws {
        for kind in MessageKind.all {
            var random = SeededGenerator(seed: seed << 32 | UInt64(kind.api.rawValue) << 8 | UInt64(kind.version))
            try thereAndBack(kind.request, kind, &random, seed)
        }
    }

    private func thereAndBack<Request: WireRequest>(
        _ type: Request.Type, _ kind: MessageKind, _ random: inout SeededGenerator, _ seed: UInt64
    ) throws {
        if kind.isRequest {
            try thereAndBack(message: Request.self, kind, &random, seed)
        } else {
            try thereAndBack(message: Request.Response.self, kind, &random, seed)
        }
    }

    private func thereAndBack<Message: WireMessage>(
        message type: Message.Type, _ kind: MessageKind, _ random: inout SeededGenerator, _ seed: UInt64
    ) throws {
        let message = try MessageFiller.message(Message.self, version: kind.version, using: &random)
        let bytes = try Rewriting.written(message, version: kind.version)
        let read = try Rewriting.read(Message.self, version: kind.version, bytes)
        #expect(Rewriting.resolved(read, bytes) == message, "\(kind), seed \(seed)")
    }

    @Test("a message cut at any byte is refused with a typed error")
    func truncations() throws {
        for kind in MessageKind.all {
            var random = SeededGenerator(seed: UInt64(kind.api.rawValue) << 8 | UInt64(kind.version))
            var frame = try kind.frame(using: &random)
            // A short one: each byte of it is a cut.
            for _ in 0..<20 where frame.count > 300 || frame.count < 12 { frame = try kind.frame(using: &random) }
            try cut(kind.request, kind, frame)
        }
    }

    private func cut<Request: WireRequest>(_ type: Request.Type, _ kind: MessageKind, _ frame: [UInt8]) throws {
        let whole = Rewriting.buffer(frame)
        let body =
            kind.isRequest
            ? try Frame.readRequestHeader(whole, 0..<whole.count, isFlexible: SupportedVersions.isFlexible).body
            : try Frame.readResponseHeader(
                whole, 0..<whole.count,
                isFlexible: ResponseHeader.isFlexible(Request.Response.self, version: kind.version)
            ).body
        for end in body.lowerBound..<body.upperBound {
            let bytes = Array(frame[body.lowerBound..<end])
            #expect(throws: WireError.self, "\(kind) cut to \(bytes.count) of \(body.count) bytes") {
                if kind.isRequest {
                    _ = try Rewriting.read(Request.self, version: kind.version, bytes)
                } else {
                    _ = try Rewriting.read(Request.Response.self, version: kind.version, bytes)
                }
            }
        }
    }

    @Test("bytes behind a message are refused")
    func trailing() {
        var bytes: [UInt8] = [0, 0, 0, 0]
        #expect(throws: Never.self) { try Rewriting.read(MetadataRequest.self, version: 0, bytes) }
        bytes.append(0)
        #expect(throws: WireError.trailingBytes(count: 1)) {
            try Rewriting.read(MetadataRequest.self, version: 0, bytes)
        }
    }

    @Test("a version that there is not is refused, on both ways")
    func versions() {
        #expect(throws: WireError.unsupportedVersion(api: 0, version: 2)) {
            try Rewriting.read(ProduceRequest.self, version: 2, [])
        }
        var writer = WireWriter()
        #expect(throws: WireError.unsupportedVersion(api: 1, version: 19)) {
            try Frame.append(FetchRequest(), version: 19, correlationID: 1, clientID: nil, to: &writer)
        }
    }
}
