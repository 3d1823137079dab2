internal import MillraceCore
public import MillraceProtocol
public import MillraceSimulation

/// One direction of one API in one version: what a frame may be. Pure.
public struct MessageKind: Sendable, CustomStringConvertible {
    public let request: any WireRequest.Type
    public let isRequest: Bool
    public let version: Int16

    public init(request: any WireRequest.Type, isRequest: Bool, version: Int16) {
        self.request = request
        self.isRequest = isRequest
        self.version = version
    }

    /// Every version of every request and response.
    public static let all: [MessageKind] = SupportedVersions.rows.flatMap { row in
        row.readable.flatMap { version in
            [true, false].map { MessageKind(request: row.request, isRequest: $0, version: version) }
        }
    }

    public var api: APIKey { request.api }
    public var description: String { "\(api) \(isRequest ? "request" : "response") version \(version)" }

    /// A frame of this kind with random fields, without the length before it.
    public func frame(using random: inout SeededGenerator) throws(WireError) -> [UInt8] {
        try Self.frame(of: request, self, using: &random)
    }

    private static func frame<Request: WireRequest>(
        of type: Request.Type, _ kind: MessageKind, using random: inout SeededGenerator
    ) throws(WireError) -> [UInt8] {
        var writer = WireWriter()
        let correlationID = Int32.random(in: 0...1_000, using: &random)
        if kind.isRequest {
            try Frame.append(
                try MessageFiller.message(Request.self, version: kind.version, using: &random), version: kind.version,
                correlationID: correlationID, clientID: random.once(in: 4) ? nil : "fuzz", to: &writer)
        } else {
            try Frame.append(
                try MessageFiller.message(Request.Response.self, version: kind.version, using: &random),
                version: kind.version, correlationID: correlationID, to: &writer)
        }
        return [UInt8](copying: writer.bytes.bytes.extracting(droppingFirst: Frame.lengthByteCount))
    }
}
