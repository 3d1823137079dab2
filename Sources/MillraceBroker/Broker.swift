public import MillraceCore
internal import MillraceLog

/// A Kafka broker as an object: topics, partitions, transactions, groups. A request runs to its end on the thread that
/// asks, from any thread; there is no queue between (a hand-off costs 41 µs, PERFORMANCE.md). Two threads of its own
/// drive the timers and clean logs. Opening and closing do I/O on the `Disk` port; everything survives in the data
/// directory.
///
///     let broker = try Broker(.init(dataDirectory: "/var/lib/millrace"), disk: FileSystemDisk(), clock: …)
///     try broker.createTopic("lines", partitionCount: 4)
///     …
///     try broker.close()
public final class Broker: @unchecked Sendable {
    // Sendable: everything is set by `init`; `lifecycle` guards `isClosed` and the times of the next rounds, and the
    // rest guards itself. Threads: those of clients and the two of maintenance.
    /// What the broker was opened with.
    public let configuration: BrokerConfiguration
    /// Where the broker takes the time from.
    public let clock: any Clock
    /// The same for every opening of this data directory.
    public let clusterID: String
    let entropy: any Entropy
    let topics: TopicTable
    let transactionShards: [TransactionShard]
    let groupShards: [GroupShard]
    let producerIDs: ProducerIDSource
    let syncs = SyncQueue()
    private let ties: ShardTies
    private let directory: DataDirectory
    private let lifecycle = Lock()
    private var isClosed = false
    private var maintenance: MaintenanceThread?
    private var cleaning: MaintenanceThread?
    var nextRetention: Timestamp
    var nextSync: Timestamp
    var nextCheckpoint: Timestamp
    var nextCheckpointLook: Timestamp

    /// Opens the data directory, or makes it, and recovers what a crash left of it.
    public init(
        _ configuration: BrokerConfiguration, disk: any Disk, clock: any Clock, entropy: any Entropy
    ) throws(BrokerError) {
        let directory = try DataDirectory(
            configuration.dataDirectory, disk: disk, entropy: entropy, nodeID: configuration.nodeID)
        do {
            let opened = try OpenedBroker(configuration, directory: directory, clock: clock, entropy: entropy)
            topics = opened.topics
            transactionShards = opened.transactionShards
            groupShards = opened.groupShards
            producerIDs = opened.producerIDs
            ties = opened.ties
        } catch {
            directory.lock.release()
            throw error
        }
        self.configuration = configuration
        self.clock = clock
        self.entropy = entropy
        self.directory = directory
        clusterID = directory.clusterID
        nextRetention = clock.now().advanced(byMilliseconds: configuration.retentionInterval.wholeMilliseconds)
        nextSync = clock.now()
        nextCheckpointLook = clock.now()
        nextCheckpoint = clock.now().advanced(byMilliseconds: configuration.checkpointInterval.wholeMilliseconds)
        if configuration.hasMaintenanceThread {
            maintenance = MaintenanceThread { [weak self] in
                guard let self else { return nil }
                return self.fireTimers(now: self.clock.now())
            }
            cleaning = MaintenanceThread { [weak self] in
                guard let self else { return nil }
                return self.cleanLogs(now: self.clock.now())
            }
        }
    }

    deinit {
        // A broker that was not closed leaves its data directory as a crash would; only the lock is given back.
        maintenance?.stop()
        cleaning?.stop()
        syncs.close()
        ties.cut()
        directory.lock.release()
    }

    /// Stops the timers, closes the logs in order and gives the data directory back. Calls that come later fail.
    public func close() throws(BrokerError) {
        let isFirst = lifecycle.withLock {
            defer { isClosed = true }
            return !isClosed
        }
        guard isFirst else { return }
        maintenance?.stop()
        cleaning?.stop()
        syncs.close()
        for shard in groupShards { shard.close() }
        var firstError: BrokerError?
        for partition in topics.partitions {
            do { try partition.closeCleanly() } catch { firstError = firstError ?? error }
        }
        topics.writeOffsetCheckpoints()
        do {
            if firstError == nil { try directory.markClean() }
        } catch {
            firstError = BrokerError(error)
        }
        directory.lock.release()
        if let firstError { throw firstError }
    }

    func requireOpen() throws(BrokerError) {
        if lifecycle.withLock({ isClosed }) { throw .closed }
    }

    func withTimers<Result>(_ body: () -> Result) -> Result { lifecycle.withLock(body) }
}
