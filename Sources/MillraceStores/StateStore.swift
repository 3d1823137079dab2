public import MillraceCore

/// What a task calls on each of its stores, whatever their kind and types. No I/O of its own: a store reads its
/// byte store on a miss and writes it in `flush`. One stream thread owns a store and makes every call; queries
/// from other threads (`committed…` methods of the kinds) hold a lock that the owner releases between batches.
///
/// The life of a write (ARCHITECTURE §1.3): `put` → *uncommitted* → `writeChangelog` → `commit` → *committed, not
/// flushed* → `flush` → byte store. After any error thrown by `writeChangelog`, the owner aborts.
public protocol StateStore: AnyObject {
    /// The store's name, unique in its topology.
    var name: String { get }
    /// Whether the contents outlive the process.
    var isPersistent: Bool { get }

    /// Serialises each key written since the last commit, once, into the changelog.
    func writeChangelog(to sink: any ChangelogSink) throws

    /// The transaction is committed: the uncommitted generation becomes committed.
    /// - Parameter changelogEnd: the offset after this store's last changelog record; nil where nothing was appended
    ///   or the store has no changelog.
    func commit(changelogEnd: Offset?)

    /// Drops the uncommitted generation and nothing else.
    func abort()

    /// Applies one changelog record to the committed generation (restore, standby). Not between a write and its
    /// commit. Throws `StoreError` for a record that is none of this store's.
    func restore(key: RawSpan, value: RawSpan?, timestamp: Timestamp) throws

    /// Everything before `changelogEnd` has been restored. May write the byte store, to bound memory.
    func completeRestoredBatch(changelogEnd: Offset) throws

    /// Puts the committed generation and the offset it stands for into the byte store, in one atomic batch that is
    /// durable on return. Off the record path and off the commit path. After an error the store is unchanged.
    func flush() throws

    /// The changelog offset that the byte store stands for: what follows it must be restored after a crash. Nil for an
    /// empty store, or one whose offset was never recorded: restore from the start.
    var checkpoint: Offset? { get }

    /// When the store last held all of its changelog, as its byte store has it; nil where that is not known, or not
    /// kept. What compaction removes from the changelog later than that, the store may never learn of.
    var caughtUpAt: Timestamp? { get }

    /// The committed generation holds all of the changelog as it was at `time`. The next `flush` writes that down.
    func noteCaughtUp(at time: Timestamp)

    /// Whether `flush` would have something to write.
    var hasUnflushed: Bool { get }

    /// Approximate bytes of memory in the overlay, for the process's budget.
    var overlayByteCount: Int { get }

    /// Gives back the memory of clean entries (those equal to the byte store) that were not used since the last call.
    /// Two calls in a row give back all of them.
    func evictClean()

    /// Releases the byte store. Committed, unflushed writes are not flushed. Nothing may be called afterwards.
    func close()
}

extension StateStore {
    /// Nil: the store does not keep it.
    public var caughtUpAt: Timestamp? { nil }
    /// Does nothing.
    public func noteCaughtUp(at time: Timestamp) {}

    /// Gives back the memory of all clean entries.
    package func evictAllClean() { for _ in 0..<2 { evictClean() } }
}

/// Takes the records of a store's changelog; the runtime appends them to the open batch of the partition.
/// Called on the thread that owns the store. The spans are valid during the call only.
public protocol ChangelogSink: AnyObject {
    /// - Parameter value: nil is a tombstone.
    /// - Parameter key: of the record or row.
    /// - Parameter timestamp: of the record.
    func append(key: RawSpan, value: RawSpan?, timestamp: Timestamp) throws
}

/// A value and the time it stands for: what Kafka's timestamped stores keep.
public struct ValueAndTimestamp<Value> {
    /// The value.
    public var value: Value
    /// The time it stands for.
    public var timestamp: Timestamp

    /// A value and its time.
    @inlinable
    public init(_ value: Value, at timestamp: Timestamp) {
        self.value = value
        self.timestamp = timestamp
    }
}

extension ValueAndTimestamp: Equatable where Value: Equatable {}
extension ValueAndTimestamp: Hashable where Value: Hashable {}
extension ValueAndTimestamp: Sendable where Value: Sendable {}

/// Which generation a read sees.
public enum ReadView: Hashable, Sendable {
    /// Everything written: what the task's own operators see.
    case latest
    /// What the last commit left: what queries see.
    case committed
}
