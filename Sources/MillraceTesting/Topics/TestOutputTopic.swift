public import Millrace
import MillraceCore

/// A topic that a test reads from: what the topology wrote, oldest first; each record is read once. Made by
/// `TopologyTestDriver.outputTopic`. Two views of one topic share its records.
///
///     let counts = driver.outputTopic("counts", key: .string, value: .int64)
///     #expect(try counts.read() == Record(key: "alice", value: 1, timestamp: .epoch))
///     #expect(counts.isEmpty)
public final class TestOutputTopic<Key, Value> {
    /// The topic's name.
    public let name: String
    private let memory: TopicMemory
    private let deserializeKey: (RawSpan) throws -> Key
    private let deserializeValue: (RawSpan) throws -> Value

    init(name: String, memory: TopicMemory, key: some Serde<Key>, value: some Serde<Value>) {
        self.name = name
        self.memory = memory
        deserializeKey = key.deserialize
        deserializeValue = value.deserialize
    }

    /// Records not read yet.
    public var count: Int { memory.unreadCount(of: name) }
    /// Whether everything has been read.
    public var isEmpty: Bool { count == 0 }

    /// The oldest record not read yet; nil where there is none.
    /// - Throws: what the serdes throw; the record then stays.
    public func read() throws -> Record<Key, Value>? {
        guard let record = memory.first(of: name) else { return nil }
        let decoded = try decode(record)
        memory.dropFirst(of: name)
        return decoded
    }

    /// All records not read yet, oldest first.
    public func readAll() throws -> [Record<Key, Value>] {
        try memory.takeAll(of: name).map { try decode($0) }
    }

    /// The same, each record with the partition it was written to.
    public func readAllWithPartitions() throws -> [(partition: Int32, record: Record<Key, Value>)] {
        try memory.takeAll(of: name).map { ($0.partition ?? 0, try decode($0)) }
    }

    private func decode(_ record: ProducedRecord) throws -> Record<Key, Value> {
        Record(
            key: try record.key.map { try deserializeKey($0.span.bytes) },
            value: try record.value.map { try deserializeValue($0.span.bytes) },
            timestamp: record.timestamp, headers: record.headers)
    }
}

extension TestOutputTopic where Key: Hashable {
    /// The table that all records not read yet make: the last value of each key, without the keys whose last value is
    /// null. Records without a key do not count.
    public func readTable() throws -> [Key: Value] {
        var table: [Key: Value] = [:]
        for record in try readAll() {
            guard let key = record.key else { continue }
            table[key] = record.value
        }
        return table
    }
}
