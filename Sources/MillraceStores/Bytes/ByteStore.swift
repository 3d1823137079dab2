public import MillraceCore

/// An ordered map of bytes under the overlay of a store, with the changelog offset it stands for. It is written only in
/// whole batches. Owned by the store above it, on that store's thread; queries read it under the same lock.
public protocol ByteStore: AnyObject {
    /// Whether the contents outlive the process.
    var isPersistent: Bool { get }
    /// The changelog offset of the last batch that carried one.
    var checkpoint: Offset? { get }
    /// When the store last held all of its changelog, as far as that is written down; nil where nobody has said so.
    var caughtUpAt: Timestamp? { get }
    /// What `caughtUpAt` is to be once a batch with a checkpoint is written.
    var caughtUpNext: Timestamp? { get set }
    /// Whether it certainly holds no key.
    var isEmpty: Bool { get }
    /// About how many keys it holds.
    var approximateCount: Int { get }

    /// How many bytes of restored records are worth a batch of their own.
    var restoreBatchBytes: Int { get }

    /// A number kept beside the data under a name (`ByteBatch.setAttribute`).
    func attribute(_ name: String) throws -> Int64?

    /// Appends the value of `key` to `value`; false where there is none.
    func get(_ key: RawSpan, into value: inout ByteWriter) throws -> Bool

    /// Walks keys in `lower..<upper` (nil: no bound) as they are now; later writes do not show.
    func cursor(from lower: [UInt8]?, to upper: [UInt8]?, reversed: Bool) throws -> any ByteCursor

    /// Applies all of `batch`, or nothing. Durable on return, where the store is persistent.
    func write(_ batch: borrowing ByteBatch) throws

    /// Gives back what the store holds open.
    func close()
}

extension ByteStore {
    /// So much older may the written time be than the known one, where there is nothing else to write.
    private static var caughtUpGrainMilliseconds: Int64 { 3_600_000 }

    /// Whether the next batch should say that the store stands for `offset`: it is another one than before, or the
    /// store has stood for it for long.
    @usableFromInline
    func needsCheckpoint(_ offset: Offset?) -> Bool {
        if offset != checkpoint { return true }
        guard offset != nil, isPersistent, let next = caughtUpNext else { return false }
        return caughtUpAt.map { next.milliseconds(since: $0) >= Self.caughtUpGrainMilliseconds } ?? true
    }
}

/// One walk over a byte store. Belongs to the thread that made it; drop it soon, it holds a snapshot.
public protocol ByteCursor: AnyObject {
    /// Replaces the contents of `key` and `value` by the next pair; false at the end.
    func next(key: inout ByteWriter, value: inout ByteWriter) throws -> Bool
    /// Goes on at the first key not below `key` (reversed: not above).
    func seek(_ key: RawSpan)
}
