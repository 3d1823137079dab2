/// User code that sees every record, keeps state in stores, sets timers and forwards what it likes (Kafka Streams'
/// `Processor`). A task makes its own with the closure given to `KStream.process`, once its stores are restored; all
/// calls come from the task's thread. What a method throws goes to the processing handler.
///
///     final class Dedupe: Processor {
///         let context: ProcessorContext<String, String>
///         let seen: KeyValueStore<String, String>
///         init(_ context: ProcessorContext<String, String>) throws {
///             self.context = context
///             seen = try context.store("seen")
///         }
///         func process(_ record: Record<String, String>) throws {
///             guard let key = record.key, let value = record.value else { return }
///             if try seen.putIfAbsent(key, value, at: record.timestamp) == nil { try context.forward(record) }
///         }
///     }
///     stream.process(stores: ["seen"]) { try Dedupe($0) }
public protocol Processor<InputKey, InputValue, OutputKey, OutputValue>: AnyObject {
    /// Keys of the records that come in.
    associatedtype InputKey
    /// Values of the records that come in.
    associatedtype InputValue
    /// Keys of the records that it forwards.
    associatedtype OutputKey
    /// Values of the records that it forwards.
    associatedtype OutputValue

    /// What the processor was made with; it forwards through it.
    var context: ProcessorContext<OutputKey, OutputValue> { get }

    /// Called for each record, in order.
    func process(_ record: Record<InputKey, InputValue>) throws

    /// The task closes; nothing can be forwarded any more.
    func close()
}

extension Processor {
    public func close() {}
}

/// A processor that changes values, headers and timestamps, but not keys, so that nothing has to be repartitioned
/// after it (Kafka Streams' `FixedKeyProcessor`).
public protocol FixedKeyProcessor<Key, InputValue, OutputValue>: AnyObject {
    /// Keys, which stay as they are.
    associatedtype Key
    /// Values of the records that come in.
    associatedtype InputValue
    /// Values of the records that it forwards.
    associatedtype OutputValue

    /// What the processor was made with; it forwards through it.
    var context: FixedKeyProcessorContext<Key, OutputValue> { get }

    /// Called for each record, in order.
    func process(_ record: FixedKeyRecord<Key, InputValue>) throws

    /// The task closes; nothing can be forwarded any more.
    func close()
}

extension FixedKeyProcessor {
    public func close() {}
}

/// A record whose key cannot be changed; only the runtime makes one.
public struct FixedKeyRecord<Key, Value> {
    @usableFromInline let record: Record<Key, Value>

    @inlinable
    init(_ record: Record<Key, Value>) { self.record = record }

    /// The record's key; it cannot be changed.
    @inlinable public var key: Key? { record.key }
    /// The record's value.
    @inlinable public var value: Value? { record.value }
    /// The record's timestamp.
    @inlinable public var timestamp: Timestamp { record.timestamp }
    /// The record's headers.
    @inlinable public var headers: Headers { record.headers }

    /// The same record with another value.
    @inlinable
    public func with<NewValue>(value: NewValue?) -> FixedKeyRecord<Key, NewValue> {
        FixedKeyRecord<Key, NewValue>(record.with(value: value))
    }

    /// The same record at another time.
    @inlinable
    public func with(timestamp: Timestamp) -> FixedKeyRecord {
        var copy = record
        copy.timestamp = timestamp
        return FixedKeyRecord(copy)
    }

    /// The same record with other headers.
    @inlinable
    public func with(headers: Headers) -> FixedKeyRecord {
        var copy = record
        copy.headers = headers
        return FixedKeyRecord(copy)
    }
}
