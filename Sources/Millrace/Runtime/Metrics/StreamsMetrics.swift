public import MillraceCore

/// What an application has done, as its threads last reported it (a few times a second).
public struct StreamsMetrics: Sendable {
    public var threads: [ThreadMetrics]

    public var processedRecords: Int { threads.reduce(0) { $0 + $1.processedRecords } }
    /// Over the last reporting interval.
    public var recordsPerSecond: Double { threads.reduce(0) { $0 + $1.recordsPerSecond } }
    public var commits: Int { threads.reduce(0) { $0 + $1.commitLatency.count } }
    /// Records dropped since the start, by reason.
    public var dropped: [DropReason: Int] {
        threads.reduce(into: [:]) { all, thread in all.merge(thread.dropped, uniquingKeysWith: +) }
    }
    public var tasks: [TaskSnapshot] { threads.flatMap(\.tasks) }
    /// What each node did in all tasks of this instance, in the order in which tasks and nodes come.
    public var nodes: [NodeSnapshot] {
        var found: [NodeSnapshot] = []
        var positions: [String: Int] = [:]
        for node in tasks.flatMap(\.nodes) {
            if let position = positions[node.name] {
                found[position].processedRecords += node.processedRecords
                found[position].dropped.merge(node.dropped, uniquingKeysWith: +)
            } else {
                positions[node.name] = found.count
                found.append(node)
            }
        }
        return found
    }
    /// Records that wait in the sources of all tasks, as far as their ends are known.
    public var lag: Int64 { tasks.reduce(0) { $0 + $1.sources.reduce(0) { $0 + ($1.lag ?? 0) } } }
}

/// Of one stream thread.
public struct ThreadMetrics: Sendable {
    public var name: String
    public var tasks: [TaskSnapshot] = []
    /// By tasks that the thread had earlier, too.
    public var processedRecords = 0
    public var recordsPerSecond = 0.0
    /// By tasks that the thread had earlier, too.
    public var dropped: [DropReason: Int] = [:]
    public var polledBatches = 0
    public var sentRecords = 0
    public var sentBytes = 0
    /// Transactions or positions committed: how long each took, emission and changelogs included.
    public var commitLatency = LatencyHistogram()
    /// Stores written down behind the commits.
    public var flushLatency = LatencyHistogram()
    /// Transactions given up: fenced, refused, failed.
    public var aborts = 0
    public var rebalances = 0
    public var restoredRecords = 0

    init(name: String) { self.name = name }
}

/// Of one task.
public struct TaskSnapshot: Sendable {
    public var id: TaskID
    public var isRestoring: Bool
    public var processedRecords: Int
    public var dropped: [DropReason: Int]
    public var streamTime: Timestamp?
    public var sources: [SourceSnapshot]
    /// Parents before children.
    public var nodes: [NodeSnapshot]
    public var stores: [StoreSnapshot]
    /// Mean time a record took, one value for each slice of records.
    public var processLatency: LatencyHistogram
}

/// Of one partition that a task reads.
public struct SourceSnapshot: Sendable {
    public var partition: TopicPartition
    public var processedRecords: Int
    public var bufferedRecords: Int
    /// Records between the position and the end that the last fetch saw; nil before the first.
    public var lag: Int64?
}

/// Of one node of the topology. A rate is the difference of two snapshots over the time between them.
public struct NodeSnapshot: Hashable, Sendable {
    public var name: String
    /// Records that reached the node, dropped ones included.
    public var processedRecords: Int
    public var dropped: [DropReason: Int]
}

/// Of one store.
public struct StoreSnapshot: Sendable {
    public var name: String
    public var changelogRecords: Int
    public var restoredRecords: Int
    public var overlayBytes: Int
    /// The changelog offset that the store on disk stands for.
    public var checkpoint: Offset?
    /// How often the store was written down to disk while its task ran, and how long each time took.
    public var flushLatency: LatencyHistogram
}
