/// What the right side of a foreign-key join is to do about a left row. The numbers are Kafka Streams'.
@usableFromInline
enum SubscriptionInstruction: UInt8, Sendable {
    /// Forget the row, answer nothing.
    case unsubscribe = 0
    /// Forget the row, and answer that it has no right row any more.
    case unsubscribeAndAnswer = 1
    /// Remember the row, and answer in any case.
    case subscribeAndAnswer = 2
    /// Remember the row, and answer if there is a right row.
    case subscribe = 3
}

/// What the left side of a foreign-key join tells the right one of a row: whom to answer, and how (SEMANTICS G5). It
/// travels through the subscription topic, keyed by the foreign key, and is kept in the subscription store. Pure.
@usableFromInline
struct ForeignKeySubscription<PrimaryKey: Sendable>: Sendable {
    /// Of the left row's serialised value; nil where the row is gone. The answer carries it back, and counts only if
    /// the row has not changed meanwhile.
    @usableFromInline let hash: Hash128?
    @usableFromInline let instruction: SubscriptionInstruction
    @usableFromInline let primaryKey: PrimaryKey
    /// The left partition, which the answer goes to; nil in records of Kafka Streams before 3.4.
    @usableFromInline let primaryPartition: Int32?

    @inlinable
    init(hash: Hash128?, instruction: SubscriptionInstruction, primaryKey: PrimaryKey, primaryPartition: Int32?) {
        self.hash = hash
        self.instruction = instruction
        self.primaryKey = primaryKey
        self.primaryPartition = primaryPartition
    }
}

/// Kafka Streams' form of a subscription (`SubscriptionWrapper`):
///
///     bit 7: there is no hash; bits 0–6: version, 1    1 byte
///     instruction                                      1
///     hash, if there is one                            16
///     primary key                                      what is left
///     primary partition, from version 1 on             4
///
/// Pure.
@usableFromInline
struct ForeignKeySubscriptionSerde<PrimaryKey: Sendable>: Serde {
    @usableFromInline let primaryKey: AnySerde<PrimaryKey>

    @inlinable init(_ primaryKey: AnySerde<PrimaryKey>) { self.primaryKey = primaryKey }

    @inlinable
    func serialize(_ value: ForeignKeySubscription<PrimaryKey>, into writer: inout ByteWriter) throws {
        let version: UInt8 = value.primaryPartition == nil ? 0 : 1
        writer.append(version | (value.hash == nil ? 0x80 : 0))
        writer.append(value.instruction.rawValue)
        if let hash = value.hash { writer.append(hash) }
        try primaryKey.serialize(value.primaryKey, into: &writer)
        if let partition = value.primaryPartition { writer.append(partition) }
    }

    @inlinable
    func deserialize(_ bytes: RawSpan) throws -> ForeignKeySubscription<PrimaryKey> {
        var reader = ByteReader()
        let first = try reader.read(UInt8.self, from: bytes)
        let version = first & 0x7f
        guard version <= 1 else { throw SerdeError("a subscription of the unknown version \(version)") }
        let number = try reader.read(UInt8.self, from: bytes)
        guard let instruction = SubscriptionInstruction(rawValue: number) else {
            throw SerdeError("a subscription with the unknown instruction \(number)")
        }
        let hash = first & 0x80 == 0 ? try Hash128(&reader, from: bytes) : nil
        let start = first & 0x80 == 0 ? 18 : 2
        let end = bytes.byteCount - (version == 0 ? 0 : 4)
        guard end >= start else { throw SerdeError("a subscription of \(bytes.byteCount) bytes is cut off") }
        let key = try primaryKey.deserialize(bytes.extracting(start..<end))
        var partition: Int32?
        if version > 0 {
            var reader = ByteReader(position: end)
            partition = try reader.read(Int32.self, from: bytes)
        }
        return ForeignKeySubscription(
            hash: hash, instruction: instruction, primaryKey: key, primaryPartition: partition)
    }
}

/// The right side's answer to a subscription. Pure.
@usableFromInline
struct ForeignKeyAnswer<Value: Sendable>: Sendable {
    /// The subscription's.
    @usableFromInline let hash: Hash128?
    /// The right row; nil where there is none.
    @usableFromInline let value: Value?
    /// Where it goes; it does not travel.
    @usableFromInline let primaryPartition: Int32?

    @inlinable
    init(hash: Hash128?, value: Value?, primaryPartition: Int32?) {
        self.hash = hash
        self.value = value
        self.primaryPartition = primaryPartition
    }
}

/// Kafka Streams' form of an answer (`SubscriptionResponseWrapper`):
///
///     bit 7: there is no hash; bits 0–6: version, 0    1 byte
///     hash, if there is one                            16
///     right value, if there is one                     what is left
///
/// A right value whose form has no bytes is read as no value, as in Kafka Streams. Pure.
@usableFromInline
struct ForeignKeyAnswerSerde<Value: Sendable>: Serde {
    @usableFromInline let value: AnySerde<Value>

    @inlinable init(_ value: AnySerde<Value>) { self.value = value }

    @inlinable
    func serialize(_ answer: ForeignKeyAnswer<Value>, into writer: inout ByteWriter) throws {
        writer.append(answer.hash == nil ? 0x80 as UInt8 : 0)
        if let hash = answer.hash { writer.append(hash) }
        if let present = answer.value { try value.serialize(present, into: &writer) }
    }

    @inlinable
    func deserialize(_ bytes: RawSpan) throws -> ForeignKeyAnswer<Value> {
        var reader = ByteReader()
        let first = try reader.read(UInt8.self, from: bytes)
        guard first & 0x7f == 0 else { throw SerdeError("an answer of the unknown version \(first & 0x7f)") }
        let hash = first & 0x80 == 0 ? try Hash128(&reader, from: bytes) : nil
        let start = hash == nil ? 1 : 17
        let present =
            bytes.byteCount > start ? try value.deserialize(bytes.extracting(start..<bytes.byteCount)) : nil
        return ForeignKeyAnswer(hash: hash, value: present, primaryPartition: nil)
    }
}

extension ByteWriter {
    @inlinable
    mutating func append(_ hash: Hash128) {
        append(hash.first)
        append(hash.second)
    }
}

extension Hash128 {
    @inlinable
    init(_ reader: inout ByteReader, from bytes: RawSpan) throws {
        let first = try reader.read(UInt64.self, from: bytes)
        self.init(first, try reader.read(UInt64.self, from: bytes))
    }
}
