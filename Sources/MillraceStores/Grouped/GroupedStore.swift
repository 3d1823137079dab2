public import MillraceCore

/// A store of groups of rows in order: what session, join, sliding-window and versioned stores have in common. The kind
/// of row says how rows are named and whether they expire (`GroupRow`). A row that expires is visible while
/// `time >= store time - retention + 1`; store time is the greatest time of a row ever put (SEMANTICS I1).
///
/// The overlay holds for each group its rows in order. A group's rows are read from the byte store when the group is
/// first read; writes alone read nothing. Expired rows are hidden at once, and leave memory and the byte store later.
///
/// One stream thread owns it. It writes the byte store in `flush` only. Reads with `view: .committed` serve queries:
/// from other threads, under the lock of `StateStore`. Every method throws what the serdes throw, and `StoreError`.
public final class GroupedStore<Group: Hashable, Row: GroupRow, Value>: StateStore {
    @usableFromInline typealias Rows = RowGroup<Group, Row, Value>

    public let name: String
    /// Milliseconds of store time for which a row stays visible; nil where rows do not expire.
    public let retentionMilliseconds: Int64?
    @usableFromInline let retention: Int64
    /// Milliseconds of store time whose rows the byte store drops at once.
    @usableFromInline let segmentInterval: Int64
    @usableFromInline let codec: StoreCodec<Group, Value>
    @usableFromInline let byteStore: any ByteStore

    @exclusivity(unchecked)
    @usableFromInline var table = OverlayTable<Group, Rows>()
    /// Groups with writes since the last commit, in the order of their first write.
    @exclusivity(unchecked)
    @usableFromInline var uncommitted: [Rows] = []
    /// Groups with rows whose committed value is not in the byte store.
    @usableFromInline var unflushed: [Rows] = []
    @usableFromInline var restored = RestoreBuffer()
    /// Whether every group the store has is in the table.
    @exclusivity(unchecked)
    @usableFromInline var isComplete: Bool
    /// Of all groups in the table.
    @usableFromInline var rowCount = 0

    /// The greatest time of a row ever put, -1 before the first: now, at the last commit, and in the byte store.
    @exclusivity(unchecked)
    @usableFromInline var newestTime: Int64
    @usableFromInline var committedNewestTime: Int64
    @usableFromInline var storedNewestTime: Int64
    /// A removed row that was never committed and had the newest time: the changelog has to carry that time.
    @usableFromInline var removedNewest: (rows: Rows, row: Row)?
    /// Segments before this one are gone from the byte store; rows that expired before this time, from memory.
    @usableFromInline var droppedBefore: Int64
    @usableFromInline var sweptBefore: Int64 = 0
    /// The changelog offset that the committed generation stands for.
    @usableFromInline var committedEnd: Offset?

    @usableFromInline let groupWriter = ScratchBytes()
    @usableFromInline let keyWriter = ScratchBytes()
    @usableFromInline let valueWriter = ScratchBytes()
    @usableFromInline var batch = ByteBatch()
    @exclusivity(unchecked)
    @usableFromInline var entryWriter: EntryWriter<Group, Value>

    // Made where the types are concrete: reached through a witness, generic code would run unspecialised.
    @usableFromInline let changelogWriter: (GroupedStore, any ChangelogSink) throws -> Void
    @usableFromInline let committer: (GroupedStore) -> Void
    @usableFromInline let flusher: (GroupedStore) throws -> Void

    /// - Parameter retention: of rows that expire, at least a millisecond; nil for others.
    /// - Parameter byteStore: what lies under the overlay.
    /// - Parameter keySerde: of the keys.
    /// - Parameter name: of the node; numbered by default.
    /// - Parameter valueSerde: of the values.
    @inlinable
    public init<GroupSerde: Serde<Group>, ValueSerde: Serde<Value>>(
        name: String, retention: Duration?, byteStore: any ByteStore, keySerde: GroupSerde, valueSerde: ValueSerde
    ) throws {
        let milliseconds = retention?.wholeMilliseconds
        precondition((milliseconds != nil) == Row.expires, "store \(name): a retention of \(retention, default: "nil")")
        precondition(milliseconds ?? 1 > 0, "store \(name): a retention of \(retention, default: "nil")")
        self.name = name
        retentionMilliseconds = milliseconds
        self.retention = milliseconds ?? .max
        segmentInterval = max((milliseconds ?? .max) / 2, 60_000)
        self.byteStore = byteStore
        codec = StoreCodec(keySerde: keySerde, valueSerde: valueSerde)
        entryWriter = EntryWriter(codec)
        isComplete = byteStore.isEmpty
        committedEnd = byteStore.checkpoint
        newestTime = try byteStore.attribute(GroupedAttribute.newestTime) ?? -1
        committedNewestTime = newestTime
        storedNewestTime = newestTime
        droppedBefore = try byteStore.attribute(GroupedAttribute.droppedSegmentsBefore) ?? 0
        changelogWriter = { store, sink in try store.writeUncommitted(to: sink) }
        committer = { store in store.commitUncommitted() }
        flusher = { store in try store.flushCommitted() }
    }

    // MARK: Time

    /// The greatest time of a row that the store has seen; nil before the first put.
    @inlinable public var observedStreamTime: Timestamp? { newestTime < 0 ? nil : Timestamp(newestTime) }

    /// Rows with a time below are expired.
    @inlinable
    func firstVisible(_ view: ReadView) -> Int64 {
        if !Row.expires { return .min }
        return max(0, (view == .latest ? newestTime : committedNewestTime) - retention + 1)
    }

    @inlinable
    func isVisible(_ row: Row, from firstVisible: Int64) -> Bool {
        !Row.expires || (row.time ?? 0) >= firstVisible
    }

    // MARK: Reading

    /// The newest value of a row; nil for an expired one. Ordered reads: `forEach(in:)`.
    @inlinable
    public func get(_ group: Group, _ row: Row) throws -> ValueAndTimestamp<Value>? {
        guard isVisible(row, from: firstVisible(.latest)), let rows = try knownGroup(group) else { return nil }
        let index = rows.lowerBound(row)
        if index < rows.entries.count, rows.entries[index].key == row,
            let (value, timestamp) = rows.entries[index].seen(.latest)
        {
            return value.map { ValueAndTimestamp($0, at: Timestamp(timestamp)) }
        }
        return rows.isComplete ? nil : try readStored(group, row)
    }

    /// The value of a row at the last commit; for queries.
    @inlinable
    public func committedGet(_ group: Group, _ row: Row) throws -> ValueAndTimestamp<Value>? {
        if !restored.isEmpty { try absorbRestored() }
        guard isVisible(row, from: firstVisible(.committed)) else { return nil }
        guard let rows = find(group) else { return isComplete ? nil : try readStored(group, row) }
        let index = rows.lowerBound(row)
        if index < rows.entries.count, rows.entries[index].key == row,
            let (value, timestamp) = rows.entries[index].seen(.committed)
        {
            return value.map { ValueAndTimestamp($0, at: Timestamp(timestamp)) }
        }
        return rows.isComplete ? nil : try readStored(group, row)
    }

    /// About how many rows the store has: cheap, counts what is in memory and in the byte store twice.
    public var approximateCount: Int { isComplete ? rowCount : byteStore.approximateCount + rowCount }

    // MARK: Writing

    /// Puts a value, or removes the row where it is nil. Returns false, and changes nothing, where the row has expired:
    /// count the record as dropped.
    @inlinable
    @discardableResult
    public func put(
        _ group: Group, _ row: Row, _ value: consuming Value?, at timestamp: Timestamp
    ) throws -> Bool {
        var isNewest = false
        if let time = row.time {
            precondition(time >= 0, "store \(name): a row of time \(time)")
            isNewest = time > newestTime
            if isNewest { newestTime = time }
            if Row.expires && time < firstVisible(.latest) { return false }
        }
        let rows = try self.rows(of: group)
        let index = rows.lowerBound(row)
        if index == rows.entries.count || rows.entries[index].key != row {
            if value == nil && rows.isComplete {
                if isNewest { removedNewest = (rows, row) }
                return true
            }
            insert(row, into: rows, at: index)
            return write(value, to: rows, row: row, timestamp: timestamp)
        }
        return write(value, to: rows, at: index, timestamp: timestamp)
    }

    @inlinable
    func write(_ value: consuming Value?, to rows: Rows, row: Row, timestamp: Timestamp) -> Bool {
        write(value, to: rows, at: rows.lowerBound(row), timestamp: timestamp)
    }

    @inlinable
    func write(_ value: consuming Value?, to rows: Rows, at index: Int, timestamp: Timestamp) -> Bool {
        let isRemoval = value == nil
        rows.isUsed = true
        if rows.entries[index].write(value, timestamp: timestamp.millisecondsSinceEpoch) {
            if rows.uncommittedFrom == .max { uncommitted.append(rows) }
            rows.uncommittedFrom = min(rows.uncommittedFrom, index)
        }
        if isRemoval && rows.entries[index].isNeverCommitted { forget(rows, at: index) }
        return true
    }

    /// A row put and removed between two commits: nobody needs to hear of it.
    @inlinable
    func forget(_ rows: Rows, at index: Int) {
        let row = rows.entries[index].key
        if row.time == newestTime { removedNewest = (rows, row) }
        rows.remove(at: index)
        rowCount -= 1
    }

    /// Makes an entry of which nothing is known, or that the byte store has none.
    @inlinable
    @inline(never)
    func insert(_ row: Row, into rows: Rows, at index: Int) {
        rows.insert(row, at: index)
        rowCount += 1
        if rows.isComplete { rows.entries[index].load(nil, timestamp: 0) }
        // No abort brings these back.
        if Row.expires, (rows.entries[0].key.time ?? 0) < firstVisible(.committed) {
            rowCount -= rows.removeExpired(before: firstVisible(.committed))
        }
    }

    // MARK: Groups

    @inlinable
    @inline(__always)
    func find(_ group: Group) -> Rows? {
        let index = table.find(group, hash: OverlayHash.hash(group))
        return index < 0 ? nil : unsafe table.entries[index].value
    }

    /// The overlay of the group, made where there is none.
    @inlinable
    @inline(__always)
    func rows(of group: Group) throws -> Rows {
        let hash = OverlayHash.hash(group)
        let index = table.find(group, hash: hash)
        if index >= 0, let rows = unsafe table.entries[index].value { return rows }
        return try makeRows(of: group, hash: hash)
    }

    @inlinable
    @inline(never)
    func makeRows(of group: Group, hash: UInt32) throws -> Rows {
        if !restored.isEmpty {
            try absorbRestored()
            if let rows = find(group) { return rows }
        }
        return insertGroup(group, hash: hash)
    }

    @inlinable
    func insertGroup(_ group: Group, hash: UInt32) -> Rows {
        let isStoreBare = isComplete || Row.expires && storedNewestTime < firstVisible(.committed)
        let rows = Rows(group, isComplete: isStoreBare)
        let index = table.insert(group, hash: hash)
        unsafe table.entries[index].value = rows
        return rows
    }

    /// The overlay of the group with all its rows, unless they are too many; nil where the store has no such group.
    @inlinable
    @inline(__always)
    func knownGroup(_ group: Group) throws -> Rows? {
        if let rows = find(group), rows.isComplete {
            rows.isUsed = true
            return rows
        }
        return try loadGroup(group)
    }

    @inlinable
    @inline(never)
    func loadGroup(_ group: Group) throws -> Rows? {
        if !restored.isEmpty { try absorbRestored() }
        if isComplete && find(group) == nil { return nil }
        let rows = try self.rows(of: group)
        rows.isUsed = true
        if !rows.isComplete && !rows.isLarge { try load(rows) }
        return rows
    }
}

extension OverlayEntry {
    /// Whether the row was written and removed since the last commit, and was not there before.
    @inlinable var isNeverCommitted: Bool {
        value == nil && committedValue == nil && state.contains(.undoKnown) && !state.contains(.unflushed)
    }
}

/// Numbers that a grouped store keeps beside its data.
@usableFromInline
enum GroupedAttribute {
    @inlinable static var newestTime: String { "newest-row-time" }
    @inlinable static var droppedSegmentsBefore: String { "dropped-segments-before" }
}
