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
    associatedtype InputKey
    associatedtype InputValue
    associatedtype OutputKey
    associatedtype OutputValue

    /// What the processor was made with; it forwards through it.
    var context: ProcessorContext<OutputKey, OutputValue> { get }

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
    associatedtype Key
    associatedtype InputValue
    associatedtype OutputValue

    /// What the processor was made with; it forwards through it.
    var context: FixedKeyProcessorContext<Key, OutputValue> { get }

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

    @inlinable public var key: Key? { record.key }
    @inlinable public var value: Value? { record.value }
    @inlinable public var timestamp: Timestamp { record.timestamp }
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
