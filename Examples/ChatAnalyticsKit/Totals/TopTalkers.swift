public import MillraceCore

/// A nick with how many messages it wrote.
public struct Talker: Hashable, Sendable {
    public var nick: String
    public var messageCount: Int64

    public init(nick: String, messageCount: Int64) {
        self.nick = nick
        self.messageCount = messageCount
    }

    /// More messages come first; of equals the nick whose bytes are smaller.
    func ranks(before other: Talker) -> Bool {
        messageCount != other.messageCount
            ? messageCount > other.messageCount
            : nick.utf8.lexicographicallyPrecedes(other.nick.utf8)
    }
}

/// The nicks that wrote most. A nick's count only ever grows, so the list stays right if it is told each new count:
/// whoever fell out of it needs a new message to come back.
public struct TopTalkers: Hashable, Sendable {
    public static let limit = 10

    public private(set) var talkers: [Talker]

    public init(_ talkers: some Sequence<Talker> = []) {
        self.talkers = Array(talkers.sorted { $0.ranks(before: $1) }.prefix(TopTalkers.limit))
    }

    /// Takes in the new count of a nick. A count below the one already known is old news and changes nothing.
    public mutating func update(_ talker: Talker) {
        if let known = talkers.firstIndex(where: { $0.nick == talker.nick }) {
            guard talker.messageCount > talkers[known].messageCount else { return }
            talkers.remove(at: known)
        }
        let position = talkers.firstIndex { talker.ranks(before: $0) } ?? talkers.endIndex
        guard position < TopTalkers.limit else { return }
        talkers.insert(talker, at: position)
        if talkers.count > TopTalkers.limit { talkers.removeLast() }
    }
}

/// For each talker: count as a varint, length of the nick as a varint, the nick.
public struct TopTalkersSerde: Serde {
    public init() {}

    public func serialize(_ value: TopTalkers, into writer: inout ByteWriter) {
        for talker in value.talkers {
            writer.append(varint: talker.messageCount)
            writer.append(varint: Int64(talker.nick.utf8.count))
            writer.append(utf8: talker.nick)
        }
    }

    public func deserialize(_ bytes: RawSpan) throws -> TopTalkers {
        var reader = ByteReader()
        var talkers: [Talker] = []
        while reader.position < bytes.byteCount {
            let count = try reader.readVarint(from: bytes)
            let length = Int(clamping: try reader.readVarint(from: bytes))
            let nick = bytes.extracting(try reader.readRange(length, from: bytes)).lossyUTF8
            talkers.append(Talker(nick: nick, messageCount: count))
        }
        return TopTalkers(talkers)
    }
}

/// A nick and its count, as they travel to the one task that ranks them: count as a varint, then the nick.
public struct TalkerSerde: Serde {
    public init() {}

    public func serialize(_ value: Talker, into writer: inout ByteWriter) {
        writer.append(varint: value.messageCount)
        writer.append(utf8: value.nick)
    }

    public func deserialize(_ bytes: RawSpan) throws -> Talker {
        var reader = ByteReader()
        let count = try reader.readVarint(from: bytes)
        return Talker(
            nick: bytes.extracting(reader.position..<bytes.byteCount).lossyUTF8, messageCount: count)
    }
}
