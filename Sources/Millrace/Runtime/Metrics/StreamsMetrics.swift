public import MillraceCore

/// What an application has done, as its threads last reported it (a few times a second).
public struct StreamsMetrics: Sendable {
    /// One entry for each stream thread.
    public var threads: [ThreadMetrics]

    /// Records processed since the start.
    public var processedRecords: Int { threads.reduce(0) { $0 + $1.processedRecords } }
    /// Over the last reporting interval.
    public var recordsPerSecond: Double { threads.reduce(0) { $0 + $1.recordsPerSecond } }
    /// Commits since the start.
    public var commits: Int { threads.reduce(0) { $0 + $1.commitLatency.count } }
    /// Records dropped since the start, by reason.
    public var dropped: [DropReason: Int] {
        threads.reduce(into: [:]) { all, thread in all.merge(thread.dropped, uniquingKeysWith: +) }
    }
    /// The tasks of all threads.
    public var tasks: [TaskSnapshot] { threads.flatMap(\.tasks) }
    /// The tasks that all threads keep warm.
    public var standbys: [StandbySnapshot] { threads.flatMap(\.standbys) }
    /// What each node did in all tasks of this instance, in the order in which tasks and nodes come.
    public var nodes: [NodeSnapshot] { NodeSnapshot.merged(tasks.flatMap(\.nodes)) }
    /// Records that wait in the sources of all tasks, as far as their ends are known.
    public var lag: Int64 { tasks.reduce(0) { $0 + $1.sources.reduce(0) { $0 + ($1.lag ?? 0) } } }
}

/// Of one stream thread.
public struct ThreadMetrics: Sendable {
    /// The thread's name.
    public var name: String
    /// The tasks that it runs.
    public var tasks: [TaskSnapshot] = []
    /// The tasks that it keeps warm for others.
    public var standbys: [StandbySnapshot] = []
    /// By tasks that the thread had earlier, too.
    public var processedRecords = 0
    /// Records processed a second, over the last interval.
    public var recordsPerSecond = 0.0
    /// By tasks that the thread had earlier, too.
    public var dropped: [DropReason: Int] = [:]
    /// Batches that polls have brought.
    public var polledBatches = 0
    /// Records sent to topics, changelogs included.
    public var sentRecords = 0
    /// Bytes sent to topics, before compression.
    public var sentBytes = 0
    /// Transactions or positions committed: how long each took, emission and changelogs included.
    public var commitLatency = LatencyHistogram()
    /// Stores written down behind the commits.
    public var flushLatency = LatencyHistogram()
    /// Transactions given up: fenced, refused, failed.
    public var aborts = 0
    /// How often the thread failed and was replaced.
    public var replacements = 0
    /// How often the group was rebalanced.
    public var rebalances = 0
    /// Changelog records restored, those of standbys included.
    public var restoredRecords = 0

    init(name: String) { self.name = name }
}

/// Of one task.
public struct TaskSnapshot: Sendable {
    /// The task.
    public var id: TaskID
    /// Whether its stores are still being restored.
    public var isRestoring: Bool
    /// Records that it has processed.
    public var processedRecords: Int
    /// Records that went no further, by reason.
    public var dropped: [DropReason: Int]
    /// Largest timestamp processed; nil before the first record.
    public var streamTime: Timestamp?
    /// What it reads, partition by partition.
    public var sources: [SourceSnapshot]
    /// Parents before children.
    public var nodes: [NodeSnapshot]
    /// Its stores.
    public var stores: [StoreSnapshot]
    /// Mean time a record took, one value for each slice of records.
    public var processLatency: LatencyHistogram
}

/// Of one task that is kept warm.
public struct StandbySnapshot: Hashable, Sendable {
    /// The task.
    public var id: TaskID
    /// Changelog records that its stores have taken.
    public var restoredRecords: Int
    /// Offsets between what its stores have taken and the ends of their changelogs, as last seen.
    public var lag: Int64
}

/// Of one partition that a task reads.
public struct SourceSnapshot: Sendable {
    /// The partition.
    public var partition: TopicPartition
    /// Records processed of it.
    public var processedRecords: Int
    /// Records fetched and not yet processed.
    public var bufferedRecords: Int
    /// Records between the position and the end that the last fetch saw; nil before the first.
    public var lag: Int64?
}

/// Of one node of the topology. A rate is the difference of two snapshots over the time between them.
public struct NodeSnapshot: Hashable, Sendable {
    /// The node's name.
    public var name: String
    /// Records that reached the node, dropped ones included.
    public var processedRecords: Int
    /// Records that went no further in it, by reason.
    public var dropped: [DropReason: Int]

    /// One of each name, with what all of that name have counted; in order of first appearance.
    package static func merged(_ nodes: [NodeSnapshot]) -> [NodeSnapshot] {
        var found: [NodeSnapshot] = []
        var positions: [String: Int] = [:]
        for node in nodes {
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
}

/// Of one store.
public struct StoreSnapshot: Sendable {
    /// The store's name.
    public var name: String
    /// Records written to its changelog.
    public var changelogRecords: Int
    /// Records restored from its changelog so far.
    public var restoredRecords: Int
    /// Offsets of its changelog that are left to restore; nil once it is restored.
    public var restoreLag: Int64?
    /// Memory of its overlay, in bytes; 0 while it is restored.
    public var overlayBytes: Int
    /// The changelog offset that the store on disk stands for; nil while it is restored.
    public var checkpoint: Offset?
    /// How often the store was written down to disk while its task ran, and how long each time took.
    public var flushLatency: LatencyHistogram
}
