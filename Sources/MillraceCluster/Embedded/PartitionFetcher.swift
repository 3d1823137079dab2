internal import MillraceBroker
internal import MillraceCore

/// The partitions a consumer reads, where it stands in each, and the reading itself. Reads files on the calling thread;
/// owned by the consumer's thread.
struct PartitionFetcher: ~Copyable {
    private struct Source {
        let partition: Partition
        /// Nil until the first fetch, or a seek, has found it.
        var position: Offset?
        var isPaused = false
    }

    private let isolation: IsolationLevel
    private let maxPollBytes: Int
    private let maxPartitionBytes: Int
    private var sources: [Source] = []
    private var pool = BufferPool()
    /// Where the next fetch begins, so that a full partition does not starve the ones behind it.
    private var turn = 0
    let signal = WakeSignal()

    init(_ configuration: ConsumerConfiguration) {
        isolation = configuration.isolation
        maxPollBytes = configuration.maxPollBytes
        maxPartitionBytes = configuration.maxPartitionBytes
    }

    // MARK: What is read

    var partitions: [TopicPartition] { sources.map(\.partition.id) }
    /// Those that nobody has given a position.
    var withoutPosition: [TopicPartition] { sources.filter { $0.position == nil }.map(\.partition.id) }

    mutating func assign(_ partitions: [Partition]) {
        removeAll()
        sources = partitions.map { Source(partition: $0) }
        turn = 0
        for partition in partitions { partition.watch(signal) }
    }

    mutating func removeAll() {
        for source in sources { source.partition.unwatch(signal) }
        sources = []
    }

    func partition(_ id: TopicPartition) -> Partition? {
        index(of: id).map { sources[$0].partition }
    }

    func position(of id: TopicPartition) -> Offset? {
        index(of: id).flatMap { sources[$0].position }
    }

    mutating func seek(_ id: TopicPartition, to offset: Offset) -> Bool {
        guard let index = index(of: id) else { return false }
        sources[index].position = offset
        return true
    }

    mutating func setPaused(_ id: TopicPartition, _ isPaused: Bool) {
        if let index = index(of: id) { sources[index].isPaused = isPaused }
    }

    private func index(of id: TopicPartition) -> Int? {
        sources.firstIndex { $0.partition.id == id }
    }

    // MARK: Reading

    /// Brings what the partitions have, each in its turn; says whether that was anything.
    mutating func fetch(into fetched: inout [FetchedBatches]) throws(ClusterError) -> Bool {
        guard !sources.isEmpty else { return false }
        var remaining = maxPollBytes
        let first = turn
        for step in sources.indices where remaining > 0 {
            let index = (first + step) % sources.count
            guard !sources[index].isPaused, let position = sources[index].position else { continue }
            guard let batches = try read(sources[index].partition, from: position, limit: remaining) else { continue }
            sources[index].position = batches.nextOffset
            remaining -= batches.buffer.count
            fetched.append(batches)
            turn = (index + 1) % sources.count
        }
        return !fetched.isEmpty
    }

    /// Nil where there is nothing to read.
    private mutating func read(
        _ partition: Partition, from position: Offset, limit: Int
    ) throws(ClusterError) -> FetchedBatches? {
        let bounds = try callingBroker { () throws(BrokerError) in try partition.bounds() }
        let end = isolation == .readCommitted ? bounds.lastStableOffset : bounds.highWatermark
        // Beyond the end is an error that the read itself reports.
        if position == end || (position > end && position <= bounds.highWatermark) { return nil }
        let bytes = min(limit, maxPartitionBytes)
        let buffer = pool.take(capacity: bytes)
        let result: PartitionFetch
        do {
            result = try buffer.fill { writer throws(BrokerError) in
                try partition.fetch(from: position, maxBytes: bytes, isolation: isolation, into: &writer)
            }
        } catch {
            throw ClusterError(error)
        }
        if result.bytes.isEmpty { return nil }
        do {
            let batches = try buffer.fill { writer throws(RecordError) in
                try BatchFilter.batches(in: &writer, from: position, without: result.aborted)
            }
            return FetchedBatches(
                partition: partition.id, buffer: buffer, batches: batches, startOffset: position,
                nextOffset: result.nextOffset, highWatermark: result.highWatermark,
                lastStableOffset: result.lastStableOffset)
        } catch {
            throw ClusterError(
                .storageFailed, "the log holds a damaged batch at or after offset \(position): \(error)",
                partition: partition.id, code: .corruptMessage)
        }
    }
}
