public import MillraceStores

/// One side's store of a stream–stream join: where its records are put, and where those of the other side look for
/// partners (SEMANTICS E1, E7, E9). Owned by one task's thread.
@usableFromInline
final class JoinRows<Key: Hashable & Sendable, Value> {
    @usableFromInline let store: JoinStore<Key, Value>
    @usableFromInline let places: JoinRowPlaces
    /// As this side sees them.
    @usableFromInline let windows: JoinWindows
    /// Kafka Streams' answers, where the store's own time decides what has expired.
    @usableFromInline let isCompatible: Bool
    /// The record being processed is not to be kept.
    @exclusivity(unchecked)
    @usableFromInline var skipsRecord = false

    /// - Parameter windows: as this side sees them.
    @inlinable
    init(_ name: String, windows: JoinWindows, _ assembly: NodeAssembly) throws {
        store = try assembly.store(name)
        let semantics = assembly.context.semantics
        places = JoinRowPlaces(assembly.context, counts: semantics.countsJoinRows)
        isCompatible = semantics.joinsStreamsAsKafkaStreams
        self.windows = windows
    }

    /// Keeps a record for partners to come; returns nil where the store has no place for one so old.
    @inlinable
    @discardableResult
    func put(_ key: Key, _ value: Value, at timestamp: Timestamp) throws -> JoinRow? {
        let time = timestamp.millisecondsSinceEpoch
        if isTooOld(time) { return nil }
        let row = try place(of: key, at: time)
        try store.put(key, row, value, at: timestamp)
        return row
    }

    /// Whether the store, by its own time, would drop a record.
    @inlinable
    func isTooOld(_ time: Int64) -> Bool {
        let retention = isCompatible ? windows.kafkaRetentionMilliseconds : windows.retentionMilliseconds
        return time <= max(time, storeTime) - retention
    }

    /// The greatest timestamp put.
    @inlinable var storeTime: Int64 { store.observedStreamTime?.millisecondsSinceEpoch ?? -1 }

    /// What is older is not found.
    @inlinable var firstVisibleAsKafkaStreams: Int64 { storeTime - windows.kafkaRetentionMilliseconds + 1 }

    @inlinable
    func place(of key: Key, at time: Int64) throws -> JoinRow {
        if let row = places.next(at: time) { return row }
        // Of no source record (a timer's, or what waited for a commit): the first place that is free.
        var ordinal: UInt32 = 0
        try store.forEach(in: key, from: .first(at: time), to: .last(at: time), reversed: true) { row, _ in
            if row.offset == .max { ordinal = row.ordinal + 1 }
            return false
        }
        return JoinRow(timestamp: time, offset: .max, source: .max, ordinal: ordinal)
    }

    /// Calls `body` for the records of a key from one time to another, both included, in the order of their times.
    @inlinable
    func forEach(
        _ key: Key, from first: Int64, to last: Int64, _ body: (JoinRow, Value) throws -> Bool
    ) throws {
        guard first <= last else { return }
        try store.forEach(in: key, from: .first(at: first), to: .last(at: last)) { row, value in
            try body(row, value.value)
        }
    }

    @inlinable
    func removeAll(_ key: Key, at time: Int64) throws {
        var rows: [JoinRow] = []
        try store.forEach(in: key, from: .first(at: time), to: .last(at: time)) { row, _ in
            rows.append(row)
            return true
        }
        for row in rows { try store.put(key, row, nil, at: Timestamp(time)) }
    }
}

/// Names the rows of a join's store by where their source records stand (SEMANTICS E9). Owned by one task's thread.
@usableFromInline
final class JoinRowPlaces {
    private let context: TaskContext
    private let counts: Bool
    @exclusivity(unchecked)
    private var lastOffset: Int64 = -1
    @exclusivity(unchecked)
    private var lastSource: UInt32 = 0
    @exclusivity(unchecked)
    private var ordinal: UInt32 = 0

    /// - Parameter counts: names rows by a count that begins with the task, as Kafka Streams.
    @usableFromInline
    init(_ context: TaskContext, counts: Bool) {
        self.context = context
        self.counts = counts
    }

    /// The next row; nil where no source record is being processed.
    @usableFromInline
    func next(at time: Int64) -> JoinRow? {
        if counts {
            lastOffset += 1
            return JoinRow(timestamp: time, offset: lastOffset, source: 0, ordinal: 0)
        }
        guard let position = context.position else { return nil }
        if position.offset == lastOffset && position.source == lastSource {
            ordinal += 1
        } else {
            lastOffset = position.offset
            lastSource = position.source
            ordinal = 0
        }
        return JoinRow(timestamp: time, offset: lastOffset, source: lastSource, ordinal: ordinal)
    }
}
