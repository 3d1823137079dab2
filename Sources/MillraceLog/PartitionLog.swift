package import MillraceCore

/// One partition's log: segments of record batches with their indexes, and the state of the producers that write to
/// it, in Kafka's file formats. It does I/O on the `Disk` port. One caller at a time (the broker holds a lock around
/// it); syncs run outside that lock, see `beginSync`. Rules: PROTOCOL.md 12–14, 20, 21, 35; Kafka docs, "Log".
///
/// An append is one write. Everything else (indexes, producer snapshot) is written when a segment is closed and can
/// be made anew from the log.
///
///     let log = try PartitionLog(directory: path, partition: partition, configuration: .init(), disk: disk,
///                                now: clock.now(), cleanShutdown: false)
///     let result = try log.append(batch.bytes, origin: .client(transactionVerified: false), now: clock.now())
///     if let ticket = log.beginSync() { try ticket.perform(); log.completeSync(ticket) }
package final class PartitionLog {
    package let partition: TopicPartition
    /// The partition's own directory (`<data>/topics/<topic>-<partition>`).
    package let directory: String
    package internal(set) var configuration: LogConfiguration
    /// What opening found.
    package internal(set) var recovery = LogRecovery()
    /// Written into every appended batch, outside its checksum. One node leads for ever, so it never changes.
    package let leaderEpoch: Int32 = 0

    /// Offset of the first record that is shown.
    package internal(set) var logStart: Offset = .zero
    /// One past the last record; on one node also the high watermark.
    package internal(set) var logEnd: Offset = .zero
    /// Everything before it survives a power loss.
    package internal(set) var syncedEnd: Offset = .zero
    /// Why nothing works any more; nil while the log is sound.
    package internal(set) var failure: DiskError?

    let disk: any Disk
    /// By base offset; never empty once open. The last one is active.
    var segments: [LogSegment] = []
    var producers = ProducerStateTable()
    var positions = PositionCache()
    var unsynced = UnsyncedFiles()
    /// Everything before it was synced, indexes included; as the checkpoint on disk says.
    var recoveryPoint: Offset = .zero
    /// How far the segment at the recovery point is durable beyond it; as the checkpoint on disk says.
    var activeCheckpoint: ActiveCheckpoint?

    /// The last stable offset, as a power loss would leave it.
    var durableStableEnd: Offset = .zero
    /// How far the log is compacted.
    var cleaner = CleanerCheckpoint()

    // Memory of `append`, kept between calls.
    var scratch = ByteWriter(capacity: 4096)
    var plain = ByteWriter(capacity: 4096)
    var markerBuilder = RecordBatchBuilder(capacity: 256)
    var headers: [RecordBatchHeader] = []
    var undo: [(producerID: Int64, entry: ProducerEntry?)] = []

    /// Opens the log in `directory`, which is made if it is lacking, and recovers it.
    ///
    /// - Parameter cleanShutdown: whether the broker knows that `closeCleanly` was the last call on it. Otherwise
    ///   everything behind the recovery point is verified, and cut off at the first batch that is not sound.
    /// - Throws: `.disk`; `.corruptLog` where bytes that had been synced are damaged.
    package init(
        directory: String, partition: TopicPartition, configuration: LogConfiguration, disk: any Disk, now: Timestamp,
        cleanShutdown: Bool
    ) throws(LogError) {
        self.directory = directory
        self.partition = partition
        self.configuration = configuration
        self.disk = disk
        try recover(now: now, isClean: cleanShutdown)
    }

    var active: LogSegment { segments[segments.count - 1] }

    /// First offset of the earliest open transaction, else the log end.
    package var lastStableOffset: Offset { producers.firstOpenOffset ?? logEnd }

    /// Open transactions: producer id and first offset, the earliest first.
    package var openTransactions: [(producerID: Int64, firstOffset: Offset)] {
        producers.openTransactions.map { (producerID: $0.key, firstOffset: $0.value) }
            .sorted { ($0.firstOffset, $0.producerID) < ($1.firstOffset, $1.producerID) }
    }

    /// Bytes of all segments.
    package var byteCount: Int64 { segments.reduce(0) { $0 + Int64($1.size) } }

    package var marks: LogMarks {
        LogMarks(
            logStart: logStart, logEnd: logEnd, syncedEnd: syncedEnd,
            firstDirty: cleaner.firstDirty > .zero ? cleaner.firstDirty : nil)
    }

    package func updateConfiguration(_ configuration: LogConfiguration) { self.configuration = configuration }

    /// A sync or a write left the files in an unknown state: refuses everything from now on.
    package func fail(_ error: DiskError) {
        if failure == nil { failure = error }
    }

    func checkUsable() throws(LogError) {
        if let failure { throw .failed(failure) }
    }

    /// Runs `body` with its disk errors as those of the log.
    func onDisk<Result>(_ body: () throws(DiskError) -> Result) throws(LogError) -> Result {
        do throws(DiskError) { return try body() } catch { throw .disk(error) }
    }
}
