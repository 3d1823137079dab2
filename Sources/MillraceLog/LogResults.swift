public import MillraceCore

/// Who appends.
public enum LogAppendOrigin: Hashable, Sendable {
    /// A producer. `transactionVerified` says that the transaction coordinator vouches for this partition being part
    /// of the producer's transaction (KIP-890): without it a transactional batch can only go on with an open one.
    case client(transactionVerified: Bool)
    /// A coordinator of this broker, writing to an internal topic: transactional batches carry no sequence.
    case coordinator
}

/// Where an append ended up.
public struct LogAppendResult: Hashable, Sendable {
    public var baseOffset: Offset
    public var lastOffset: Offset
    /// The batches had been appended before: the offsets are those of then, and nothing was written.
    public var isDuplicate: Bool
    /// The time the records got, where the log sets it (`LogAppendTime`).
    public var appendTime: Timestamp?
}

/// Where a transaction marker ended up.
public struct LogMarkerResult: Hashable, Sendable {
    /// Nil where nothing was written, since the producer had no open transaction in this log.
    public var offset: Offset?
    /// The first offset of the transaction that ended.
    public var firstOffset: Offset?
}

/// What a read brought.
public struct LogReadResult: Hashable, Sendable {
    /// Where in the writer the batches lie; whole ones only. Empty where there is nothing to read yet.
    public var bytes: Range<Int>
    /// Base offset of the first batch; not greater than the offset asked for, unless that was compacted away.
    public var firstOffset: Offset
    /// The offset after the last batch; the offset asked for where nothing was read.
    public var nextOffset: Offset
    public var batchCount: Int
}

/// A transaction that was aborted: its producer's records from `firstOffset` to `lastOffset` (the marker's) are not to
/// be shown to those who read committed.
public struct AbortedTransaction: Hashable, Sendable {
    public var producerID: Int64
    public var firstOffset: Offset
    public var lastOffset: Offset
    /// What the last stable offset became when it ended.
    public var lastStableOffset: Offset

    public init(producerID: Int64, firstOffset: Offset, lastOffset: Offset, lastStableOffset: Offset) {
        self.producerID = producerID
        self.firstOffset = firstOffset
        self.lastOffset = lastOffset
        self.lastStableOffset = lastStableOffset
    }
}

/// A record found by time.
public struct TimestampedOffset: Hashable, Sendable {
    public var offset: Offset
    public var timestamp: Timestamp

    public init(offset: Offset, timestamp: Timestamp) {
        self.offset = offset
        self.timestamp = timestamp
    }
}

/// What opening a log found and did.
public struct LogRecovery: Hashable, Sendable {
    /// Batches whose checksums were verified.
    public var verifiedBatches = 0
    /// Bytes cut off behind the last sound batch, removed segments included.
    public var truncatedBytes: Int64 = 0
    /// Segments removed since they lay behind a bad batch.
    public var removedSegments = 0
    /// Segments whose indexes were made anew.
    public var rebuiltIndexes = 0
    /// Batches replayed into the producer state beyond the snapshot it was loaded from.
    public var replayedBatches = 0

    public init() {}
}
