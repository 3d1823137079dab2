internal import MillraceBroker
internal import MillraceCore

/// The records of a consumer of the broker in this process: reads the logs' files into recycled buffers on the calling
/// thread, and sleeps on a signal that appends raise. Owned by the consumer's thread.
final class PartitionFetcher: BatchSource {
    private struct Source {
        let partition: Partition
        /// Nil until the first fetch, or a seek, has found it.
        var position: Offset?
        var isPaused = false
    }

    private let broker: Broker
    private let isolation: IsolationLevel
    private let maxPollBytes: Int
    private let maxPartitionBytes: Int
    private var sources: [Source] = []
    private var pool = BufferPool()
    /// Where the next fetch begins, so that a full partition does not starve the ones behind it.
    private var turn = 0
    /// Raised by appends to what is read, by group answers, and by `wakeUp`.
    private let signal = WakeSignal()

    init(_ broker: Broker, _ configuration: ConsumerConfiguration) {
        self.broker = broker
        isolation = configuration.isolation
        maxPollBytes = configuration.maxPollBytes
        maxPartitionBytes = configuration.maxPartitionBytes
    }

    // MARK: What is read

    var withoutPosition: [TopicPartition] { sources.filter { $0.position == nil }.map(\.partition.id) }

    func assign(_ ids: [TopicPartition]) throws(ClusterError) {
        var partitions: [Partition] = []
        for id in ids {
            partitions.append(try callingBroker { () throws(BrokerError) in try broker.partition(id) })
        }
        removeAll()
        sources = partitions.map { Source(partition: $0) }
        turn = 0
        for partition in partitions { partition.watch(signal) }
    }

    func removeAll() {
        for source in sources { source.partition.unwatch(signal) }
        sources = []
    }

    func reads(_ id: TopicPartition) -> Bool { index(of: id) != nil }

    func position(of id: TopicPartition) -> Offset? {
        index(of: id).flatMap { sources[$0].position }
    }

    func seek(_ id: TopicPartition, to offset: Offset) -> Bool {
        guard let index = index(of: id) else { return false }
        sources[index].position = offset
        return true
    }

    func setPaused(_ id: TopicPartition, _ isPaused: Bool) {
        if let index = index(of: id) { sources[index].isPaused = isPaused }
    }

    private func index(of id: TopicPartition) -> Int? {
        sources.firstIndex { $0.partition.id == id }
    }

    // MARK: Waiting

    var alarm: any Wakeable { signal }

    func clearAlarm() { signal.clear() }

    func wait(until deadline: WaitDeadline) { _ = signal.wait(until: deadline) }

    // MARK: Reading

    /// Brings what the partitions have, each in its turn; says whether that was anything.
    func fetch(into fetched: inout [FetchedBatches]) throws(ClusterError) -> Bool {
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
    private func read(
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
