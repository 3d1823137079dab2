/// The key of a subscription in the right side's store: all rows that refer to one right row stand side by side. Pure.
@usableFromInline
struct SubscriptionKey<ForeignKey: Hashable & Sendable, PrimaryKey: Hashable & Sendable>: Hashable, Sendable {
    @usableFromInline let foreignKey: ForeignKey
    @usableFromInline let primaryKey: PrimaryKey

    @inlinable
    init(_ foreignKey: ForeignKey, _ primaryKey: PrimaryKey) {
        self.foreignKey = foreignKey
        self.primaryKey = primaryKey
    }
}

/// Kafka Streams' form of such a key (`CombinedKeySchema`); the length keeps keys apart of which one begins with the
/// other:
///
///     length of the foreign key    4 bytes
///     foreign key
///     primary key                  what is left
///
/// Pure.
@usableFromInline
struct SubscriptionKeySerde<ForeignKey: Hashable & Sendable, PrimaryKey: Hashable & Sendable>: Serde {
    @usableFromInline let foreignKey: AnySerde<ForeignKey>
    @usableFromInline let primaryKey: AnySerde<PrimaryKey>

    @inlinable
    init(_ foreignKey: AnySerde<ForeignKey>, _ primaryKey: AnySerde<PrimaryKey>) {
        self.foreignKey = foreignKey
        self.primaryKey = primaryKey
    }

    @inlinable
    func serialize(_ key: SubscriptionKey<ForeignKey, PrimaryKey>, into writer: inout ByteWriter) throws {
        try serialize(prefix: key.foreignKey, into: &writer)
        try primaryKey.serialize(key.primaryKey, into: &writer)
    }

    /// What the keys of all subscriptions to one right row begin with.
    @inlinable
    func serialize(prefix key: ForeignKey, into writer: inout ByteWriter) throws {
        let start = writer.count
        writer.append(UInt32(0))
        try foreignKey.serialize(key, into: &writer)
        writer.overwrite(at: start, UInt32(writer.count - start - 4))
    }

    @inlinable
    func deserialize(_ bytes: RawSpan) throws -> SubscriptionKey<ForeignKey, PrimaryKey> {
        var reader = ByteReader()
        let end = 4 + Int(try reader.read(UInt32.self, from: bytes))
        guard end <= bytes.byteCount else { throw SerdeError("a foreign key of \(end - 4) bytes is cut off") }
        return SubscriptionKey(
            try foreignKey.deserialize(bytes.extracting(4..<end)),
            try primaryKey.deserialize(bytes.extracting(end..<bytes.byteCount)))
    }
}
