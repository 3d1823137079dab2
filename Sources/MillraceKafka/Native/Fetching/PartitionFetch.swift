internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore

/// Where the reading of one partition stands. A plain value; pure.
struct PartitionFetch {
    let id: TopicPartition
    /// The offset that the caller gets next; nil until somebody has found it.
    var position: Int64?
    /// Where the next request begins, or where what is held began. Outlives the position when the partition is assigned
    /// again, so that what was fetched ahead can be used.
    private(set) var cursor: Int64 = -1
    /// Of the last batch before the cursor; -1 where none was read: the log may be cut back behind it (KIP-320).
    private(set) var lastEpoch: Int32 = -1
    var isPaused = false
    /// Fetched, and not taken by the caller: nothing more is asked for. A paused partition keeps it.
    private(set) var held: FetchedRecords?
    /// The number of the request that asks for it. Answers to others are of an old place and dropped.
    var underWay: UInt64?
    /// Told at the next poll; nothing is asked for until then.
    var failure: ClusterError?
    /// Not asked for before.
    private(set) var retryAt: MonotonicTime?
    private var attempts = 0
    /// Since when brokers say that it is not there.
    var missingSince: MonotonicTime?
    /// The end that the caller has been told of last.
    private var toldEnd: Int64?
    /// Nil where none is known.
    var leader: PartitionLeaders.Leader?

    init(_ id: TopicPartition) { self.id = id }

    /// Whether records are to be asked for, as soon as its leader can be asked.
    var wantsRecords: Bool { position != nil && held == nil && underWay == nil && failure == nil }

    func canBeAsked(now: MonotonicTime) -> Bool { wantsRecords && retryAt.map { $0 <= now } ?? true }

    // MARK: The place

    /// A new assignment: somebody finds the position anew, and all is to be told again.
    mutating func assignAgain() {
        position = nil
        isPaused = false
        toldEnd = nil
    }

    /// What was fetched ahead, or is under way, stays good where the place is its own.
    mutating func seek(to offset: Int64) {
        if offset != cursor || failure != nil { move(to: offset) }
        position = offset
    }

    /// Begins anew, with nothing known of what came before.
    private mutating func move(to offset: Int64) {
        held = nil
        underWay = nil
        failure = nil
        cursor = offset
        lastEpoch = -1
        toldEnd = nil
        forgiven()
    }

    // MARK: Answers

    mutating func hold(_ records: FetchedRecords) {
        // An end that is known already is no news.
        if records.batches.isEmpty && records.end == toldEnd { return }
        held = records
    }

    /// Hands over what is held; the place is behind it.
    mutating func takeHeld() -> FetchedRecords? {
        guard !isPaused, position != nil, let records = held else { return nil }
        held = nil
        cursor = records.next
        position = records.next
        toldEnd = records.end
        if let batch = records.batches.last { lastEpoch = batch.header.partitionLeaderEpoch }
        return records
    }

    /// What was handed over cannot be read: back to where it began.
    mutating func refuse(_ records: FetchedRecords, _ error: ClusterError) {
        move(to: records.start)
        if position != nil { position = records.start }
        failure = error
    }

    /// Keeps what is held in a buffer of its own, where the rest of the answer is much larger.
    mutating func setApart(_ pool: inout BufferPool) {
        guard let records = held, !records.batches.isEmpty, records.byteCount < records.frame.count / 2 else { return }
        held = records.copied(into: pool.take(capacity: max(records.byteCount, 1)))
    }

    mutating func forgiven() {
        attempts = 0
        retryAt = nil
        missingSince = nil
    }

    mutating func retryLater(_ policy: RetryPolicy, random: UInt64, now: MonotonicTime) {
        attempts += 1
        retryAt = now.advanced(by: policy.delay(afterAttempt: attempts, random: random))
    }

    /// A new leader is asked at once.
    mutating func follow(_ leader: PartitionLeaders.Leader?) {
        guard leader != self.leader else { return }
        self.leader = leader
        retryAt = nil
    }
}
