public import MillraceCluster
public import MillraceCore
public import MillraceStores

/// What happens to a record's effects when something fails.
public enum ProcessingGuarantee: Hashable, Sendable {
    /// Results, state and input positions commit together: each record's effect is there once (exactly once v2,
    /// KIP-447).
    case exactlyOnce
    /// After a crash records may be processed again, and their effect on state and results be doubled
    /// (SEMANTICS L5).
    case atLeastOnce
}

/// Where stream threads run.
public enum ThreadPlacement: Hashable, Sendable {
    /// Wherever the system finds room.
    case anyCore
    /// Each stays on a core of its own, as far as there are cores, with the threads of its clients: over Kafka each
    /// record is handed from librdkafka's threads to the stream thread and back, which is dear from core to core. For
    /// instances that have as many busy stream threads as cores, or less; other work on those cores is in their way.
    case oneCoreEach
}

/// Settings of an application; the defaults are Kafka Streams' where those are sensible. Checked by
/// `StreamsApplication.init`.
public struct StreamsConfiguration: Sendable {
    /// Name of the consumer group, and prefix of internal topics and of the state directory. Letters, digits, `.`,
    /// `_` and `-`.
    public var applicationID: String
    /// The broker that it reads from, writes to and coordinates through.
    public var cluster: any Cluster
    /// Stores lie below `<state directory>/<application id>/`.
    public var stateDirectory: String
    /// Stream threads of this instance; each runs a share of the tasks.
    public var threads: Int
    /// Where they run.
    public var threadPlacement: ThreadPlacement
    /// How many other instances keep the stores of each task warm, so that one of them can take the task over at once
    /// (`num.standby.replicas`). As many as there are instances without the task, at most. The setting of the instance
    /// that leads the group counts: set it alike on all.
    public var standbyReplicas: Int
    /// A task with state moves to another instance only once that has read its changelogs but for so many offsets
    /// (`acceptable.recovery.lag`); until then it stays where it runs.
    public var acceptableRecoveryLag: Int64
    /// How many tasks are made warm at a time so that they can move (`max.warmup.replicas`), in the whole group. 0:
    /// tasks move at once, and are restored while nobody runs them.
    public var maxWarmupReplicas: Int
    /// After so long the group is asked for a new assignment even where a task that is to move is not warm yet
    /// (`probing.rebalance.interval.ms`).
    public var probingRebalanceInterval: Duration
    /// Exactly once by default.
    public var guarantee: ProcessingGuarantee
    /// How often positions, state and results are committed: 100 ms exactly once, 30 s at least once.
    public var commitInterval: Duration
    /// When tables forward their updates, where `Materialized` does not say.
    public var emission: EmissionPolicy
    /// Whether Kafka Streams' known mistakes are kept.
    public var semantics: Semantics
    /// What to do about records that cannot be decoded, processed or produced.
    public var handlers: ErrorHandlers
    /// What to do when a thread fails all the same. Asked on the thread that failed; stops the instance by default.
    public var uncaughtErrors: @Sendable (StreamsError) -> UncaughtErrorReaction
    /// Where other instances reach this one, for those who look for the owner of a key (`application.server`).
    public var applicationServer: HostInfo?
    /// Where a partition without a committed position begins; nil makes it an error.
    public var offsetReset: OffsetQuery?
    /// A partition with more records than this waiting is paused.
    public var bufferedRecordsPerPartition: Int
    /// How long a task with several inputs waits for an empty one (`max.task.idle.ms`, SEMANTICS A8): zero waits only
    /// for data known to be in the broker, nil never waits.
    public var taskIdleTime: Duration?
    /// Whether time goes on while no record comes (SEMANTICS D7): by default it does not.
    public var idlePolicy: IdlePolicy
    /// What to do about records whose timestamps lie far in the future (SEMANTICS A4); nil takes them as they are.
    public var maxFutureSkew: MaxFutureSkew?
    /// Without heartbeats for so long, the tasks of a thread go to others.
    public var sessionTimeout: Duration
    /// Makes the threads static members of the group (`group.instance.id`, KIP-345): "<this>-<number of the thread>".
    /// An instance that comes back under its name before `sessionTimeout` is over finds its tasks as it left them, and
    /// nobody else notices; one that ends for good is missed only then. Unique among the instances; nil for members
    /// that leave when they end.
    public var groupInstanceID: String?
    /// How long the directory of a task that is not here any more is kept on the disk (`state.cleanup.delay.ms`):
    /// should the task come back, only the rest of its changelogs is read.
    public var stateCleanupDelay: Duration
    /// How often a thread tells the group that it lives; below `sessionTimeout`.
    public var heartbeatInterval: Duration
    /// How long a rebalance waits for a thread that is busy (`max.poll.interval.ms`).
    public var rebalanceTimeout: Duration
    /// A transaction open longer is aborted; bounds how long a crashed instance holds up others.
    public var transactionTimeout: Duration
    /// How often stores are written down behind the commits.
    public var flushInterval: Duration
    /// Bytes that the stores of one thread may hold in memory before they are written down early: rows that were
    /// changed since the last flush, and rows kept because they were read. A soft bound, looked at between slices of
    /// records. An application holds so much for each thread, and once more the largest store of each while that is
    /// flushed; the block cache of `storeResources` comes on top.
    public var storeMemoryBytes: Int
    /// Block cache and background threads of RocksDB; one for the whole process unless another is given.
    public var storeResources: StoreResources
    /// How long calls that may be repeated are repeated (`task.timeout.ms`).
    public var retryTimeout: Duration
    /// Wall-clock time of processors, and of all intervals here.
    public var clock: any Clock

    /// Everything but the first three has a default; see the properties.
    public init(
        applicationID: String, cluster: any Cluster, stateDirectory: String, threads: Int = 1,
        threadPlacement: ThreadPlacement = .anyCore,
        standbyReplicas: Int = 0, acceptableRecoveryLag: Int64 = 10_000, maxWarmupReplicas: Int = 2,
        probingRebalanceInterval: Duration = .seconds(600), guarantee: ProcessingGuarantee = .exactlyOnce,
        commitInterval: Duration? = nil,
        emission: EmissionPolicy = .coalesced, semantics: Semantics = .millrace,
        handlers: ErrorHandlers = ErrorHandlers(),
        uncaughtErrors: @escaping @Sendable (StreamsError) -> UncaughtErrorReaction = { _ in .stopInstance },
        applicationServer: HostInfo? = nil, offsetReset: OffsetQuery? = .earliest,
        bufferedRecordsPerPartition: Int = 50_000, taskIdleTime: Duration? = .zero,
        idlePolicy: IdlePolicy = .wait, maxFutureSkew: MaxFutureSkew? = nil,
        groupInstanceID: String? = nil, stateCleanupDelay: Duration = .seconds(600),
        sessionTimeout: Duration = .seconds(45), heartbeatInterval: Duration = .seconds(3),
        rebalanceTimeout: Duration = .seconds(300), transactionTimeout: Duration = .seconds(10),
        flushInterval: Duration = .seconds(15), storeMemoryBytes: Int = 256 << 20,
        storeResources: StoreResources = .shared, retryTimeout: Duration = .seconds(300),
        clock: any Clock = SystemClock()
    ) {
        self.applicationID = applicationID
        self.cluster = cluster
        self.stateDirectory = stateDirectory
        self.threads = threads
        self.threadPlacement = threadPlacement
        self.standbyReplicas = standbyReplicas
        self.acceptableRecoveryLag = acceptableRecoveryLag
        self.maxWarmupReplicas = maxWarmupReplicas
        self.probingRebalanceInterval = probingRebalanceInterval
        self.guarantee = guarantee
        self.commitInterval = commitInterval ?? (guarantee == .exactlyOnce ? .milliseconds(100) : .seconds(30))
        self.emission = emission
        self.semantics = semantics
        self.handlers = handlers
        self.uncaughtErrors = uncaughtErrors
        self.applicationServer = applicationServer
        self.offsetReset = offsetReset
        self.bufferedRecordsPerPartition = bufferedRecordsPerPartition
        self.taskIdleTime = taskIdleTime
        self.idlePolicy = idlePolicy
        self.maxFutureSkew = maxFutureSkew
        self.groupInstanceID = groupInstanceID
        self.stateCleanupDelay = stateCleanupDelay
        self.sessionTimeout = sessionTimeout
        self.heartbeatInterval = heartbeatInterval
        self.rebalanceTimeout = rebalanceTimeout
        self.transactionTimeout = transactionTimeout
        self.flushInterval = flushInterval
        self.storeMemoryBytes = storeMemoryBytes
        self.storeResources = storeResources
        self.retryTimeout = retryTimeout
        self.clock = clock
    }

    /// Most stream threads of one instance.
    static let threadsMaximum = 256

    /// Throws `.invalidConfiguration`, naming the setting.
    func validate() throws(StreamsError) {
        func require(_ isValid: Bool, _ message: @autoclosure () -> String) throws(StreamsError) {
            if !isValid { throw StreamsError(.invalidConfiguration, message()) }
        }
        try require(!applicationID.isEmpty && applicationID.utf8.count <= 200, "applicationID needs 1 to 200 bytes")
        try require(
            applicationID.utf8.allSatisfy(StreamsConfiguration.isTopicByte) && applicationID != "."
                && applicationID != "..",
            "applicationID \"\(applicationID)\" may hold letters, digits, '.', '_' and '-' only")
        try require(!stateDirectory.isEmpty, "stateDirectory is empty")
        let threadLimit = StreamsConfiguration.threadsMaximum
        try require((1...threadLimit).contains(threads), "threads is \(threads); 1 to \(threadLimit) are possible")
        try require(
            (0...100).contains(standbyReplicas),
            "standbyReplicas is \(standbyReplicas); 0 to 100 are possible")
        try require(acceptableRecoveryLag >= 0, "acceptableRecoveryLag is negative")
        try require(
            (0...100).contains(maxWarmupReplicas), "maxWarmupReplicas is \(maxWarmupReplicas); 0 to 100 are possible")
        try require(
            groupInstanceID.map { (1...200).contains($0.utf8.count) && $0.utf8.allSatisfy(Self.isTopicByte) } ?? true,
            "groupInstanceID needs 1 to 200 letters, digits, '.', '_' and '-'")
        try require(
            applicationServer.map { !$0.host.isEmpty && (1...65_535).contains($0.port) } ?? true,
            "applicationServer needs a host, and a port from 1 to 65535")
        try require(
            emission != .onWindowClose, "emission .onWindowClose is for aggregations over windows, with Materialized")
        try require(bufferedRecordsPerPartition > 0, "bufferedRecordsPerPartition is \(bufferedRecordsPerPartition)")
        try require(storeMemoryBytes > 0, "storeMemoryBytes is \(storeMemoryBytes)")
        let durations: [(String, Duration)] = [
            ("commitInterval", commitInterval), ("sessionTimeout", sessionTimeout),
            ("heartbeatInterval", heartbeatInterval), ("rebalanceTimeout", rebalanceTimeout),
            ("transactionTimeout", transactionTimeout), ("flushInterval", flushInterval),
            ("retryTimeout", retryTimeout), ("stateCleanupDelay", stateCleanupDelay),
            ("probingRebalanceInterval", probingRebalanceInterval),
        ]
        for (name, duration) in durations {
            try require(duration.wholeMilliseconds > 0, "\(name) is \(duration); at least 1 ms is needed")
        }
        try require(taskIdleTime.map { $0 >= .zero } ?? true, "taskIdleTime is negative")
        if case .advance(let interval) = idlePolicy {
            try require(
                interval.wholeMilliseconds > 0, "idlePolicy advances every \(interval); at least 1 ms is needed")
        }
        try require(maxFutureSkew.map { $0.milliseconds >= 0 } ?? true, "maxFutureSkew is negative")
        try require(heartbeatInterval < sessionTimeout, "heartbeatInterval must be below sessionTimeout")
        try require(
            guarantee == .atLeastOnce || commitInterval < transactionTimeout,
            "commitInterval must be below transactionTimeout")
    }

    private static func isTopicByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
