public import MillraceCore
public import MillraceStores

/// A store of one task, with the changelog partition that makes it durable. Owned by the task's stream thread.
public final class TaskStore {
    public let store: any StateStore
    /// The store's name in the topology.
    public let name: String
    /// Nil for a store without a changelog: its contents are what its byte store kept.
    public let changelog: TopicPartition?
    private let sink: ChangelogWriter?
    private var committedRecords = 0
    /// How long each write of the store to its disk took.
    private(set) var flushLatency = LatencyHistogram()

    /// - Parameter changelog: must exist, if there is one.
    public init(
        _ store: any StateStore, name: String? = nil, changelog: TopicPartition?, collector: RecordCollector
    ) throws {
        self.store = store
        self.name = name ?? store.name
        self.changelog = changelog
        sink = try changelog.map { ChangelogWriter(try collector.writer(for: $0.topic), partition: $0.partition) }
    }

    /// Records written to the changelog so far.
    var changelogRecords: Int { sink?.recordCount ?? 0 }

    func writeChangelog() throws {
        if let sink { try store.writeChangelog(to: sink) }
    }

    /// Writes down what is committed and not on disk yet.
    func flush(clock: any Clock) throws {
        guard store.hasUnflushed else { return }
        let start = clock.monotonicNanoseconds()
        try store.flush()
        flushLatency.record(nanoseconds: clock.monotonicNanoseconds() - start)
    }

    func commit(_ changelogEnd: (TopicPartition) -> Offset?) {
        // Where nothing was appended the producer's end may be that of an earlier ownership.
        let hasAppended = changelogRecords > committedRecords
        committedRecords = changelogRecords
        store.commit(changelogEnd: hasAppended ? changelog.flatMap(changelogEnd) : nil)
    }
}

/// Appends a store's changelog records to the open batch of their partition.
final class ChangelogWriter: ChangelogSink {
    private let writer: TopicWriter
    private let partition: Int32
    private(set) var recordCount = 0

    init(_ writer: TopicWriter, partition: Int32) {
        self.writer = writer
        self.partition = partition
    }

    func append(key: RawSpan, value: RawSpan?, timestamp: Timestamp) throws {
        recordCount &+= 1
        try writer.append(key: key, value: value, partition: partition, timestamp: timestamp)
    }
}
