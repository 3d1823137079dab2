public import Millrace
public import MillraceCore

/// A topic that a test writes into. Each record is processed completely, with all that follows from it, before `send`
/// returns. Made by `TopologyTestDriver.inputTopic`.
///
///     let messages = driver.inputTopic("messages", key: .string, value: .string, advancingBy: .seconds(1))
///     try messages.send("alice", "hello")                       // at the topic's own time
///     try messages.send("bob", nil, at: Timestamp(5_000))       // a tombstone, at five seconds
public final class TestInputTopic<Key, Value> {
    /// The topic's name.
    public let name: String
    /// The timestamp of the next record that is sent without one.
    public private(set) var nextTimestamp: Timestamp
    private let step: Duration
    private let driver: TopologyTestDriver
    private let serializeKey: (Key, inout ByteWriter) throws -> Void
    private let serializeValue: (Value, inout ByteWriter) throws -> Void

    init(
        name: String, driver: TopologyTestDriver, start: Timestamp, step: Duration, key: some Serde<Key>,
        value: some Serde<Value>
    ) {
        self.name = name
        self.driver = driver
        nextTimestamp = start
        self.step = step
        serializeKey = key.serialize
        serializeValue = value.serialize
    }

    /// Sends a record and processes it.
    /// - Parameters:
    ///   - key: nil for a null key.
    ///   - value: nil for a null value, which deletes the row of a table.
    ///   - timestamp: nil for the topic's own time, which then moves on by the step the topic was made with.
    ///   - partition: nil for the one that the key's hash chooses.
    ///   - headers: of the record.
    /// - Throws: `StreamsProcessingError` where the record stops the application, and what a serde throws.
    public func send(
        _ key: Key?, _ value: Value?, at timestamp: Timestamp? = nil, headers: Headers = .empty,
        partition: Int32? = nil
    ) throws {
        let time = timestamp ?? nextTimestamp
        if timestamp == nil { nextTimestamp = nextTimestamp.advanced(byMilliseconds: step.wholeMilliseconds) }
        try driver.send(
            ProducedRecord(
                topic: name, partition: partition, key: try bytes(key, serializeKey),
                value: try bytes(value, serializeValue), timestamp: time, headers: headers))
    }

    /// Sends a record with the timestamp and headers it has.
    public func send(_ record: Record<Key, Value>) throws {
        try send(record.key, record.value, at: record.timestamp, headers: record.headers)
    }

    /// Moves the topic's own time.
    public func advanceTime(by duration: Duration) {
        nextTimestamp = nextTimestamp.advanced(byMilliseconds: duration.wholeMilliseconds)
    }

    private func bytes<Item>(_ item: Item?, _ serialize: (Item, inout ByteWriter) throws -> Void) throws -> [UInt8]? {
        guard let item else { return nil }
        var writer = ByteWriter()
        try serialize(item, &writer)
        return writer.copyBytes()
    }
}
