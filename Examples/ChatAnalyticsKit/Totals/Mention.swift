public import MillraceCore

/// Who spoke to whom.
public struct Mention: Hashable, Sendable {
    public var from: String
    public var to: String

    public init(from: String, to: String) {
        self.from = from
        self.to = to
    }
}

extension Mention: CustomStringConvertible {
    public var description: String { "\(from) → \(to)" }
}

/// The length of the first nick as a varint, then both nicks: one speaker's mentions lie side by side.
public struct MentionSerde: Serde {
    public init() {}

    public func serialize(_ value: Mention, into writer: inout ByteWriter) {
        writer.append(varint: Int64(value.from.utf8.count))
        writer.append(utf8: value.from)
        writer.append(utf8: value.to)
    }

    public func deserialize(_ bytes: RawSpan) throws -> Mention {
        var reader = ByteReader()
        let length = Int(clamping: try reader.readVarint(from: bytes))
        let from = try reader.readRange(length, from: bytes)
        return Mention(
            from: bytes.extracting(from).lossyUTF8,
            to: bytes.extracting(reader.position..<bytes.byteCount).lossyUTF8)
    }
}
