package import MillraceCore

/// Who appends.
package enum LogAppendOrigin: Hashable, Sendable {
    /// A producer. `transactionVerified` says that the transaction coordinator vouches for this partition being part
    /// of the producer's transaction (KIP-890): without it a transactional batch can only go on with an open one.
    case client(transactionVerified: Bool)
    /// A coordinator of this broker, writing to an internal topic: transactional batches carry no sequence.
    case coordinator
}

/// Where an append ended up.
package struct LogAppendResult: Hashable, Sendable {
    package var baseOffset: Offset
    package var lastOffset: Offset
    /// The batches had been appended before: the offsets are those of then, and nothing was written.
    package var isDuplicate: Bool
    /// The time the records got, where the log sets it (`LogAppendTime`).
    package var appendTime: Timestamp?
}

/// Where a transaction marker ended up.
package struct LogMarkerResult: Hashable, Sendable {
    /// Nil where nothing was written, since the producer had no open transaction in this log.
    package var offset: Offset?
    /// The first offset of the transaction that ended.
    package var firstOffset: Offset?
}

/// What a read brought.
package struct LogReadResult: Hashable, Sendable {
    /// Where in the writer the batches lie; whole ones only. Empty where there is nothing to read yet.
    package var bytes: Range<Int>
    /// Base offset of the first batch; not greater than the offset asked for, unless that was compacted away.
    package var firstOffset: Offset
    /// The offset after the last batch; the offset asked for where nothing was read.
    package var nextOffset: Offset
    package var batchCount: Int
}

/// The numbers that Kafka keeps of a log in files of the data directory.
package struct LogMarks: Hashable, Sendable {
    package var logStart: Offset
    package var logEnd: Offset
    package var syncedEnd: Offset
    /// Nil for a log that was never compacted.
    package var firstDirty: Offset?
}

/// A transaction that was aborted: its producer's records from `firstOffset` to `lastOffset` (the marker's) are not to
/// be shown to those who read committed.
package struct AbortedTransaction: Hashable, Sendable {
    package var producerID: Int64
    package var firstOffset: Offset
    package var lastOffset: Offset
    /// What the last stable offset became when it ended.
    package var lastStableOffset: Offset

    package init(producerID: Int64, firstOffset: Offset, lastOffset: Offset, lastStableOffset: Offset) {
        self.producerID = producerID
        self.firstOffset = firstOffset
        self.lastOffset = lastOffset
        self.lastStableOffset = lastStableOffset
    }
}

/// A record found by time.
package struct TimestampedOffset: Hashable, Sendable {
    package var offset: Offset
    package var timestamp: Timestamp

    package init(offset: Offset, timestamp: Timestamp) {
        self.offset = offset
        self.timestamp = timestamp
    }
}

/// What opening a log found and did.
package struct LogRecovery: Hashable, Sendable {
    /// Batches whose checksums were verified.
    package var verifiedBatches = 0
    /// Bytes cut off behind the last sound batch, removed segments included.
    package var truncatedBytes: Int64 = 0
    /// Segments removed since they lay behind a bad batch.
    package var removedSegments = 0
    /// Segments whose indexes were made anew.
    package var rebuiltIndexes = 0
    /// Whether the active segment was taken as a checkpoint describes it: only what lies behind was read.
    package var wentOnFromCheckpoint = false
    /// Batches replayed into the producer state beyond the snapshot it was loaded from.
    package var replayedBatches = 0

    package init() {}
}
