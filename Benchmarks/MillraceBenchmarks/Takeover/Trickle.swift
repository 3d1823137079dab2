import MillraceCluster
import MillraceCore

/// Sends a record every 2 ms on a thread of its own: for the keys in their order, each once.
final class Trickle: Sendable {
    private struct State {
        var sent = 0
        var isEnding = false
        var failure: String?
    }
    private let state = Monitor(State())
    private let thread: SystemThread

    init(_ cluster: any Cluster, keys: Int) throws {
        thread = SystemThread.start(name: "trickle") { [state] in
            do {
                let producer = try cluster.makeProducer(
                    ProducerConfiguration(transactionalID: nil, clientID: "trickle"))
                defer { producer.close() }
                var batch = RecordBatchBuilder(capacity: 256)
                for index in 0..<keys {
                    let key = Workload.key(UInt64(index))
                    batch.append(timestamp: Timestamp(2), key: key.span.bytes, value: key.span.bytes)
                    try producer.send(&batch, to: TopicPartition(TakeoverInstance.input, 0))
                    batch.reset()
                    try producer.flush()
                    state.withLock { $0.sent += 1 }
                    if state.wait(timeout: .milliseconds(2), until: { $0.isEnding }) { return }
                }
            } catch {
                state.withLock { $0.failure = "\(error)" }
            }
        }
    }

    /// Records that the broker has.
    var sentCount: Int { state.withLock { $0.sent } }

    func end() {
        state.update { $0.isEnding = true }
        thread.join()
        if let failure = state.withLock({ $0.failure }) { print("trickle: \(failure)") }
    }
}

/// Reads the committed results as they come.
final class ResultWatch {
    private let consumer: any ClusterConsumer
    private var fetched: [FetchedBatches] = []

    init(_ cluster: any Cluster) throws {
        consumer = try cluster.makeConsumer(ConsumerConfiguration(groupID: nil, clientID: "watch"))
        let partition = TopicPartition(TakeoverInstance.output, 0)
        try consumer.assign([partition])
        try consumer.seek(
            partition, to: try cluster.admin.offset(of: partition, at: .latest(.readUncommitted)) ?? .zero)
    }

    deinit { consumer.close() }

    /// Waits for a result of a key that is this one or behind it, and returns the count it tells.
    func wait(from key: Int, deadline: Duration) throws -> Int {
        let end = ContinuousClock.now + deadline
        let wanted = Workload.key(UInt64(key))
        while ContinuousClock.now < end {
            _ = try consumer.poll(maxWait: .milliseconds(100), into: &fetched)
            for batches in fetched {
                let bytes = batches.buffer.bytes
                for batch in batches.batches {
                    var cursor = RecordCursor(header: batch.header, recordsAt: batch.recordsStart)
                    while let slot = try cursor.next(in: bytes) {
                        guard let key = slot.key, let value = slot.value else { continue }
                        let found = [UInt8](copying: bytes.extracting(key))
                        guard found.elementsEqual(wanted) || wanted.lexicographicallyPrecedes(found) else { continue }
                        return [UInt8](copying: bytes.extracting(value)).reduce(0) { $0 << 8 | Int($1) }
                    }
                }
            }
        }
        throw WrongResult(description: "no result within \(deadline)")
    }
}
