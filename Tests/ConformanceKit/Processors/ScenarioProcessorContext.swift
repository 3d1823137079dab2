import Millrace
import MillraceCore
import MillraceStores

/// What a processor of a scenario may ask for, over the contexts of `process` and `processValues` alike.
struct ScenarioProcessorContext {
    let forward: (TextRecord) throws -> Void
    private let forwardToChild: (TextRecord, String) throws -> Void
    private let makeSchedule: (Duration, PunctuationType, @escaping (Timestamp) throws -> Void) -> Punctuation
    private let metadata: () -> RecordSource?
    private let times: () -> (stream: Timestamp?, wall: Timestamp)
    private let openStore: () throws -> any StateStore

    init(_ context: ProcessorContext<String, String>, store: String?) {
        forward = { try context.forward($0) }
        forwardToChild = { try context.forward($0, to: $1) }
        makeSchedule = { context.schedule(every: $0, $1, $2) }
        metadata = { context.recordMetadata }
        times = { (context.streamTime, context.wallClockTime) }
        openStore = { try context.store(store ?? "") }
    }

    init(_ context: FixedKeyProcessorContext<String, String>, store: String?, current: CurrentRecord) {
        forward = { try context.forward(try current.changed(to: $0)) }
        forwardToChild = { try context.forward(try current.changed(to: $0), to: $1) }
        makeSchedule = { context.schedule(every: $0, $1, $2) }
        metadata = { context.recordMetadata }
        times = { (context.streamTime, context.wallClockTime) }
        openStore = { try context.store(store ?? "") }
    }

    func forward(_ record: TextRecord, to child: String) throws { try forwardToChild(record, child) }

    func schedule(_ interval: ScheduleInterval, _ callback: @escaping (Timestamp) throws -> Void) throws -> Punctuation
    {
        makeSchedule(.milliseconds(interval.milliseconds), interval.type, callback)
    }

    /// `topic-partition@offset` of the record being processed.
    var origin: String { metadata().map { "\($0.topic)-\($0.partition)@\($0.offset)" } ?? "null" }
    var streamTime: Timestamp? { times().stream }
    var wallClockTime: Timestamp { times().wall }

    func store() throws -> TextStore {
        let times = times
        return TextStore(store: try opened()) { times().stream ?? times().wall }
    }

    func windowStore() throws -> WindowStore<String, String> { try opened() }

    private func opened<Store>() throws -> Store {
        let store = try openStore()
        guard let typed = store as? Store else { throw NotYetSupported("a processor with a \(type(of: store))") }
        return typed
    }
}

/// The record that a `processValues` step is at: what it forwards is made from it.
final class CurrentRecord {
    private struct OutsideOfRecord: Error {}
    var record: FixedKeyRecord<String, String>?

    func changed(to wanted: TextRecord) throws -> FixedKeyRecord<String, String> {
        guard let record else { throw OutsideOfRecord() }
        return record.with(value: wanted.value).with(timestamp: wanted.timestamp).with(headers: wanted.headers)
    }
}

/// A `process` step's processor.
final class ScenarioProcessor: Processor {
    let context: ProcessorContext<String, String>
    private let handle: RecordHandler

    init(_ context: ProcessorContext<String, String>, store: String?, _ factory: ProcessorFactory) throws {
        self.context = context
        handle = try factory(ScenarioProcessorContext(context, store: store))
    }

    func process(_ record: TextRecord) throws { try handle(record) }
}

/// A `processValues` step's processor.
final class ScenarioValueProcessor: FixedKeyProcessor {
    let context: FixedKeyProcessorContext<String, String>
    private let current = CurrentRecord()
    private let handle: RecordHandler

    init(_ context: FixedKeyProcessorContext<String, String>, store: String?, _ factory: ProcessorFactory) throws {
        self.context = context
        handle = try factory(ScenarioProcessorContext(context, store: store, current: current))
    }

    func process(_ record: FixedKeyRecord<String, String>) throws {
        current.record = record
        try handle(
            TextRecord(key: record.key, value: record.value, timestamp: record.timestamp, headers: record.headers))
    }
}
