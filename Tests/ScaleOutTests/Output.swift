import Millrace
import MillraceCluster
import MillraceCore

/// What the instances have committed so far, read on from where it was read before.
final class Output {
    /// How often each event came out.
    private(set) var copies: [Int: Int] = [:]
    /// Partitions of `copies` are in the order of the events: how often one came behind a later one.
    private(set) var copiesOutOfOrder = 0
    /// The last count of each city and window, and the largest.
    private(set) var counts: [String: Int64] = [:]
    private(set) var largestCounts: [String: Int64] = [:]
    /// Each window's results, in order.
    private var results: [String: [Int64]] = [:]
    /// How often a window's count did not grow from one result to the next.
    private(set) var countsWithoutGrowth = 0

    private let consumer: any ClusterConsumer
    private let cluster: any Cluster
    private let partitions: [TopicPartition]
    private var lastEvent: [Int32: Int] = [:]
    private let serde = TimeWindowedSerde(StringSerde(), size: .milliseconds(World.windowMilliseconds))

    init(_ cluster: any Cluster) throws {
        self.cluster = cluster
        partitions =
            (0..<8 as Range<Int32>).map { TopicPartition("copies", $0) }
            + (0..<4 as Range<Int32>).map { TopicPartition("counts", $0) }
        consumer = try cluster.makeConsumer(
            ConsumerConfiguration(groupID: nil, clientID: "check", isolation: .readCommitted, offsetReset: .earliest))
        try consumer.assign(partitions)
    }

    deinit { consumer.close() }

    /// Reads what is committed now.
    ///
    /// - Returns: whether all of it came in time.
    func readOn(timeout: Duration = .seconds(30)) throws -> Bool {
        var open: [TopicPartition: Offset] = [:]
        for partition in partitions {
            open[partition] = try cluster.admin.offset(of: partition, at: .latest(.readCommitted))
        }
        let deadline = ContinuousClock.now + timeout
        var fetched: [FetchedBatches] = []
        while true {
            for (partition, end) in open where try consumer.position(of: partition) >= end { open[partition] = nil }
            if open.isEmpty { return true }
            guard ContinuousClock.now < deadline else { return false }
            _ = try consumer.poll(maxWait: .milliseconds(50), into: &fetched)
            for batches in fetched { try take(batches) }
        }
    }

    private func take(_ fetched: FetchedBatches) throws {
        let bytes = fetched.buffer.bytes
        for batch in fetched.batches {
            var cursor = RecordCursor(header: batch.header, recordsAt: batch.recordsStart)
            while let slot = try cursor.next(in: bytes) {
                guard let key = slot.key, let value = slot.value else { continue }
                if fetched.partition.topic == "copies" {
                    takeCopy(Int(bytes.extracting(key).lossyUTF8) ?? -1, fetched.partition.partition)
                } else {
                    let windowed = try serde.deserialize(bytes.extracting(key))
                    takeCount(
                        "\(windowed.key) \(windowed.window.start.millisecondsSinceEpoch)",
                        [UInt8](copying: bytes.extracting(value)).reduce(0) { $0 << 8 | Int64($1) })
                }
            }
        }
    }

    private func takeCopy(_ event: Int, _ partition: Int32) {
        copies[event, default: 0] += 1
        if let last = lastEvent[partition], last >= event { copiesOutOfOrder += 1 }
        lastEvent[partition] = event
    }

    private func takeCount(_ window: String, _ count: Int64) {
        if let last = counts[window], last >= count { countsWithoutGrowth += 1 }
        counts[window] = count
        results[window, default: []].append(count)
        largestCounts[window] = max(largestCounts[window] ?? 0, count)
    }

    /// What is wrong with it.
    func faults(beside ledger: Ledger, exactlyOnce: Bool) -> [String] {
        var faults: [String] = []
        let missing = (0..<ledger.eventCount).filter { copies[$0] == nil }
        if !missing.isEmpty { faults.append("\(missing.count) events were not copied: \(missing.prefix(10))") }
        for (window, count) in ledger.counts.sorted(by: { $0.key < $1.key }) {
            let (largest, last) = (largestCounts[window] ?? 0, counts[window] ?? 0)
            if largest < count || (exactlyOnce && (last != count || largest != count)) {
                faults.append("\(window): \(count) events, counted: \(results[window] ?? [])")
            }
        }
        guard exactlyOnce else { return faults }
        let repeated = copies.count { $0.value > 1 }
        if repeated > 0 { faults.append("\(repeated) events were copied more than once") }
        if copies.count > ledger.eventCount { faults.append("copies of events that never were") }
        if copiesOutOfOrder > 0 { faults.append("\(copiesOutOfOrder) copies came behind later ones") }
        if counts.count > ledger.counts.count { faults.append("counts of windows that never were") }
        if countsWithoutGrowth > 0 { faults.append("\(countsWithoutGrowth) counts did not grow") }
        return faults
    }
}
