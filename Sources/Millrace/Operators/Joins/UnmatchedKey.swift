public import MillraceStores

/// Which stream of a join a record is of. The numbers are Kafka Streams': right records sort first.
@usableFromInline
enum JoinSide: UInt8, Sendable {
    case right = 0
    case left = 1
}

/// Key of the store of unmatched records: all records of one side with one timestamp and one key, which meet the same
/// records of the other side and so share their fate (SEMANTICS E3, E4). Pure.
@usableFromInline
struct UnmatchedKey<Key: Hashable>: Hashable {
    @usableFromInline let timestamp: Int64
    @usableFromInline let side: JoinSide
    @usableFromInline let key: Key

    @inlinable
    init(_ timestamp: Int64, _ side: JoinSide, _ key: Key) {
        self.timestamp = timestamp
        self.side = side
        self.key = key
    }

    /// Texts are the same if their bytes are, as in the stores.
    @inlinable
    static func == (left: UnmatchedKey, right: UnmatchedKey) -> Bool {
        left.timestamp == right.timestamp && left.side == right.side && OverlayHash.equal(left.key, right.key)
    }

    @inlinable
    func hash(into hasher: inout Hasher) {
        let time = UInt64(bitPattern: timestamp) &* 0x9e37_79b9_7f4a_7c15
        hasher.combine(time ^ UInt64(OverlayHash.hash(key)) &<< 1 ^ UInt64(side.rawValue))
    }
}

extension UnmatchedKey: Sendable where Key: Sendable {}

/// Kafka Streams' layout: timestamp, 8 bytes ++ side, 1 byte (0: right, 1: left) ++ key. Pure.
@usableFromInline
struct UnmatchedKeySerde<Key: Hashable>: Serde {
    @usableFromInline let key: AnySerde<Key>

    @inlinable init(_ key: AnySerde<Key>) { self.key = key }

    @inlinable
    func serialize(_ value: UnmatchedKey<Key>, into writer: inout ByteWriter) throws {
        writer.append(value.timestamp)
        writer.append(value.side.rawValue)
        try key.serialize(value.key, into: &writer)
    }

    @inlinable
    func deserialize(_ bytes: RawSpan) throws -> UnmatchedKey<Key> {
        var reader = ByteReader()
        let timestamp: Int64 = try reader.read(from: bytes)
        let code: UInt8 = try reader.read(from: bytes)
        guard let side = JoinSide(rawValue: code) else { throw SerdeError("a join has no side \(code)") }
        return UnmatchedKey(timestamp, side, try key.deserialize(bytes.extracting(9..<bytes.byteCount)))
    }
}
