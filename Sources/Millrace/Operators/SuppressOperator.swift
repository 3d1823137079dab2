public import MillraceStores

/// How a table is suppressed, as `KTable.suppress` found out while the topology was described. Pure.
@usableFromInline
struct SuppressPlan<Key>: Sendable {
    /// Orders the buffer; nil: the time of the first update.
    @usableFromInline let orderTime: (@Sendable (Key) -> Int64)?
    @usableFromInline let waitMilliseconds: Int64
    /// One result a window, and none for rows that are gone.
    @usableFromInline let isFinal: Bool
    @usableFromInline let includesWindowEnd: Bool
    @usableFromInline let bounds: BufferBounds

    @usableFromInline
    init(
        orderTime: (@Sendable (Key) -> Int64)?, waitMilliseconds: Int64, isFinal: Bool, includesWindowEnd: Bool,
        bounds: BufferBounds
    ) {
        self.orderTime = orderTime
        self.waitMilliseconds = waitMilliseconds
        self.isFinal = isFinal
        self.includesWindowEnd = includesWindowEnd
        self.bounds = bounds
    }
}

/// `KTable.suppress` (KIP-328; SEMANTICS A3, A10, A11, D3, D4; NOTES 11, 15): holds changes back until their windows
/// have closed or their time is over. Time is the largest timestamp of the table's own changes. Runs on the task's
/// thread; reads and writes the task's store.
@usableFromInline
enum SuppressOperator {
    @inlinable
    static func assemble<Key: Hashable & Sendable, Value: Sendable>(
        _ assembly: NodeAssembly, store name: String, _ plan: SuppressPlan<Key>, key: AnySerde<Key>,
        measuring serde: SuppressedRowSerde<Value>
    ) throws -> Receiver<Key, Change<Value>> {
        let buffer = SuppressBuffer(
            try assembly.store(name, as: KeyValueStore<Key, SuppressedRow<Value>>.self), key: key,
            measuring: plan.bounds.bytes == nil ? nil : serde)
        assembly.onStart { try buffer.rebuild() }
        let observed = ObservedTime(of: assembly)
        let releases = try SuppressReleases(assembly, plan, buffer)
        let keepsOld = assembly.context.semantics.suppressedRowsSendUntoldValues
        let orderTime = plan.orderTime
        let metrics = assembly.metrics
        // Changes that waited for a commit come in no order of time: one must not close the window of the next.
        assembly.onTimeAdvance { time in
            observed.advance(to: time.millisecondsSinceEpoch)
            try releases.run(at: observed.milliseconds)
            return min(time, Timestamp(buffer.lowestTimestamp))
        }
        let gathering = EmissionPhase(of: assembly) { try releases.run(at: observed.milliseconds) }
        return Receiver { record in
            metrics.countRecord()
            guard let key = record.key, let change = record.value else { return }
            let time = record.timestamp.millisecondsSinceEpoch
            observed.advance(to: time)
            try buffer.hold(key, change, orderTime: orderTime?(key) ?? time, keepsOld: keepsOld, of: record)
            if gathering.isRunning { return }
            try releases.run(at: observed.milliseconds)
        }
    }
}

/// What leaves the buffer, and when. Owned by the operator.
@usableFromInline
final class SuppressReleases<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline let buffer: SuppressBuffer<Key, Value>
    @usableFromInline let downstream: Receiver<Key, Change<Value>>
    @usableFromInline let node: String
    @usableFromInline let bounds: BufferBounds
    @usableFromInline let recordLimit: Int
    @usableFromInline let byteLimit: Int
    @usableFromInline let wait: Int64
    @usableFromInline let isFinal: Bool
    @usableFromInline let sendsOldValues: Bool
    @usableFromInline let sendsUntoldValues: Bool
    @usableFromInline let sendsNeedlessTombstones: Bool

    @inlinable
    init(_ assembly: NodeAssembly, _ plan: SuppressPlan<Key>, _ buffer: SuppressBuffer<Key, Value>) throws {
        self.buffer = buffer
        downstream = try assembly.downstream()
        node = assembly.node.name
        bounds = plan.bounds
        recordLimit = plan.bounds.records ?? .max
        byteLimit = plan.bounds.bytes ?? .max
        isFinal = plan.isFinal
        sendsOldValues = assembly.node.table.sendsOldValues
        let semantics = assembly.context.semantics
        sendsUntoldValues = semantics.suppressedRowsSendUntoldValues
        sendsNeedlessTombstones = semantics.sendsNeedlessTombstones
        // D4: a window that includes its end takes records a millisecond longer.
        let staysOpen = plan.includesWindowEnd && !semantics.suppressClosesBeforeInclusiveEnd
        wait = staysOpen && plan.waitMilliseconds < .max ? plan.waitMilliseconds + 1 : plan.waitMilliseconds
    }

    /// Lets go what is due at `time`, then what the buffer has no room for.
    @inlinable
    func run(at time: Int64) throws {
        let (dueTime, isBeforeTime) = time.subtractingReportingOverflow(wait)
        if !isBeforeTime {
            while let first = buffer.index.firstTime, first <= dueTime { try releaseFirst() }
        }
        while buffer.count > recordLimit || buffer.byteCount > byteLimit {
            if bounds.shutsDown {
                throw BufferFullError(node: node, records: buffer.count, bytes: buffer.byteCount, bounds: bounds)
            }
            try releaseFirst()
        }
    }

    @inlinable
    func releaseFirst() throws {
        guard let (key, row) = try buffer.firstRow() else { return }
        // Kafka Streams' row is in the buffer still while it is told, and readers downstream see the one before it.
        if !sendsUntoldValues { try buffer.removeFirst(row) }
        // Nobody was told of the row: there is nothing to take back (H1).
        let isNeedless = row.value.new == nil && row.value.told == nil && !sendsNeedlessTombstones
        if row.value.new != nil || !isFinal && !isNeedless {
            let old = sendsUntoldValues ? row.value.old : row.value.told
            let change = Change(new: row.value.new, old: sendsOldValues ? old : nil)
            try downstream(Record(key: key, value: change, timestamp: row.timestamp, headers: row.value.headers))
        }
        if sendsUntoldValues { try buffer.removeFirst(row) }
    }
}

extension TableGetter {
    /// Rows of a suppressed table: of those that are held back what was told last, of all others the parent's.
    @inlinable
    static func suppressed(in store: String, over parent: TableGetter) -> TableGetter where Value: Sendable {
        TableGetter(stores: [store] + parent.stores) { assembly in
            let held = try assembly.store(store, as: KeyValueStore<Key, SuppressedRow<Value>>.self)
            let rows = try parent.assemble(assembly)
            func row(_ key: Key, else parent: () throws -> ValueAndTimestamp<Value>?) throws -> ValueAndTimestamp<
                Value
            >? {
                guard let row = try held.value(for: key) else { return try parent() }
                // Nobody knows the time of what was told, as in Kafka Streams.
                return row.told.map { ValueAndTimestamp($0, at: Timestamp(-1)) }
            }
            return ValueGetter(
                { key in try row(key) { try rows(key) } },
                forwarded: { key in try row(key) { try rows.forwarded(key) } })
        }
    }
}
