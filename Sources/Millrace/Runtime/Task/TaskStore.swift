public import MillraceCore
public import MillraceStores

/// A store of one task, with the changelog partition that makes it durable. Owned by the task's stream thread.
public final class TaskStore {
    /// The store itself.
    public let store: any StateStore
    /// The store's name in the topology.
    public let name: String
    /// What the store is restored from. Nil for a store without a changelog: its contents are what its byte store kept.
    public let changelog: TopicPartition?
    /// The changelog is a topic that the task reads (SEMANTICS H4): nothing is written to it, and the store stands for
    /// the committed position.
    let isRestoredFromSource: Bool
    private let sink: ChangelogWriter?
    private var committedRecords = 0
    /// How long each write of the store to its disk took.
    private(set) var flushLatency = LatencyHistogram()

    /// - Parameters:
    ///   - name: in the topology; the store's own by default.
    ///   - changelog: must exist, if there is one.
    ///   - isRestoredFromSource: whether the changelog is a topic that the task reads.
    ///   - collector: where the changelog is written.
    ///   - store: the store.
    public init(
        _ store: any StateStore, name: String? = nil, changelog: TopicPartition?, isRestoredFromSource: Bool = false,
        collector: RecordCollector
    ) throws {
        self.store = store
        self.name = name ?? store.name
        self.changelog = changelog
        self.isRestoredFromSource = isRestoredFromSource
        let written = isRestoredFromSource ? nil : changelog
        sink = try written.map { ChangelogWriter(try collector.writer(for: $0.topic), partition: $0.partition) }
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

    /// The store lacked nothing at `time`.
    func noteCaughtUp(at time: Timestamp) { if changelog != nil { store.noteCaughtUp(at: time) } }

    /// - Parameters:
    ///   - position: what is committed of the partition that the store is restored from, if that is a source.
    ///   - changelogEnd: where the producer's records of a changelog partition end.
    func commit(position: Offset?, _ changelogEnd: (TopicPartition) -> Offset?) {
        if isRestoredFromSource { return store.commit(changelogEnd: position) }
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
