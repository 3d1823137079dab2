/// How a broker is opened. A plain value.
public struct BrokerConfiguration: Sendable {
    /// Path of the folder that holds everything; made where it is missing, locked while the broker is open.
    public var dataDirectory: String
    /// When bytes are forced to the disk.
    public var durability: Durability
    /// Partitions of a topic that is made without saying how many (`num.partitions`).
    public var defaultPartitionCount: Int32 = 1
    /// Partitions of `__transaction_state`; counts when the data directory is new.
    public var transactionStatePartitionCount: Int32 = 1
    /// Partitions of `__consumer_offsets`; counts when the data directory is new.
    public var offsetsPartitionCount: Int32 = 1
    /// This broker's number, as clients see it (`node.id`).
    public var nodeID: Int32 = 0
    /// How often retention runs (`log.retention.check.interval.ms`).
    public var retentionInterval: Duration = .seconds(300)
    /// How often every log is synced and says from where opening has to verify it after a crash
    /// (`log.flush.offset.checkpoint.interval.ms`). It also happens when much has been written.
    public var checkpointInterval: Duration = .seconds(60)
    /// Limits and delays of consumer groups.
    public var groups = GroupConfiguration()
    /// Whether the broker keeps a thread for its timers. Without one, call `tick`.
    public var hasMaintenanceThread = true

    /// A configuration with the defaults of everything else.
    public init(dataDirectory: String, durability: Durability = .everyCommit) {
        self.dataDirectory = dataDirectory
        self.durability = durability
    }
}

/// When bytes are forced to the disk. What each loses in a power loss stands in docs/internals/broker.md; none loses
/// anything when only the process dies.
public enum Durability: Hashable, Sendable {
    /// Before a commit (of a transaction or of offsets) or a `flush` is acknowledged.
    case everyCommit
    /// In the background, this often. A power loss takes back what came after the last sync, and since the system may
    /// have written some files and not others, the transactions of that time may be torn.
    case interval(Duration)
    /// When the operating system likes to; otherwise as `interval`.
    case system
}
