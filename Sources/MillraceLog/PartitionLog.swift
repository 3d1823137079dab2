public import MillraceCore

/// One partition's log. SKELETON: signatures are final, bodies follow in minutes.
public final class PartitionLog {
    public let partition: TopicPartition
    /// The partition's own directory (`<data>/topics/<topic>-<partition>`).
    public let directory: String
    public private(set) var configuration: LogConfiguration
    /// What opening found.
    public private(set) var recovery = LogRecovery()
    /// Written into every appended batch, outside its checksum.
    public var leaderEpoch: Int32 = 0

    /// Offset of the first record that is shown.
    public private(set) var logStart: Offset = .zero
    /// One past the last record; on one node also the high watermark.
    public private(set) var logEnd: Offset = .zero
    /// First offset of the earliest open transaction, else the log end.
    public var lastStableOffset: Offset { logEnd }
    /// Everything before it survives a power loss.
    public private(set) var syncedEnd: Offset = .zero
    /// Open transactions: producer id and first offset, the earliest first.
    public var openTransactions: [(producerID: Int64, firstOffset: Offset)] { [] }
    /// Bytes of all segments.
    public var byteCount: Int64 { 0 }
    /// Why nothing works any more; nil while the log is sound.
    public private(set) var failure: DiskError?

    public init(
        directory: String, partition: TopicPartition, configuration: LogConfiguration, disk: any Disk, now: Timestamp,
        cleanShutdown: Bool
    ) throws(LogError) {
        self.directory = directory
        self.partition = partition
        self.configuration = configuration
    }

    public func append(
        _ batches: RawSpan, origin: LogAppendOrigin, trusted: Bool = false, now: Timestamp
    ) throws(LogError) -> LogAppendResult { preconditionFailure("skeleton") }

    public func appendMarker(
        _ outcome: TransactionOutcome, producer: ProducerIdentity, coordinatorEpoch: Int32, now: Timestamp
    ) throws(LogError) -> LogMarkerResult { preconditionFailure("skeleton") }

    public func read(
        from offset: Offset, maxBytes: Int, upTo limit: Offset, into writer: inout ByteWriter
    ) throws(LogError) -> LogReadResult { preconditionFailure("skeleton") }

    /// Sorted by first offset.
    public func abortedTransactions(
        from start: Offset, to end: Offset
    ) throws(LogError) -> [AbortedTransaction] { preconditionFailure("skeleton") }

    public func offset(atOrAfter time: Timestamp) throws(LogError) -> TimestampedOffset? {
        preconditionFailure("skeleton")
    }

    /// Nil if there is nothing to sync.
    public func beginSync() -> LogSyncTicket? { preconditionFailure("skeleton") }
    public func completeSync(_ ticket: LogSyncTicket) {}
    /// A sync or a write left the files in an unknown state.
    public func fail(_ error: DiskError) { failure = error }

    /// Closes the active segment where it has reached its size or age. `append` does so by itself.
    public func rollIfNeeded(now: Timestamp) throws(LogError) {}
    /// Removes segments by `retention.bytes` and `retention.ms`, and forgets expired producers; returns how many segments.
    public func applyRetention(now: Timestamp) throws(LogError) -> Int { 0 }
    public func deleteRecords(before offset: Offset) throws(LogError) {}
    public func updateConfiguration(_ configuration: LogConfiguration) { self.configuration = configuration }
    /// Syncs and writes all that spares the next opening a scan. The log must not be used afterwards.
    public func closeCleanly() throws(LogError) {}
    /// Removes the directory. The log must not be used afterwards.
    public func delete() throws(LogError) {}
}
