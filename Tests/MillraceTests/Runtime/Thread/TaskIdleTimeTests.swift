import MillraceCluster
import MillraceCore
import MillraceTesting
import Testing

@testable import Millrace

/// KIP-695 (SEMANTICS A8), and ties between topics (A7).
@Suite("A task with several inputs")
struct TaskIdleTimeTests {
    private let orders = TopicPartition("orders", 0)
    private let users = TopicPartition("users", 0)
    private let second: UInt64 = 1_000_000_000

    private func assigned() throws -> (AssignedTask, StreamTask) {
        let context = TaskContext(
            applicationID: "app", taskID: TaskID(subtopology: 0, partition: 0), semantics: .millrace,
            emission: .coalesced, collector: RecordCollector(sender: FakeSender()), metrics: TaskMetrics(),
            punctuations: PunctuationQueue(), handlers: ErrorHandlers())
        let sources = [orders, users].map { partition in
            TaskSource(topic: partition.topic, feedsTable: false) {
                SourceReceiver(prepare: { _, slot, _ in slot.timestamp }, process: {})
            }
        }
        let running = try StreamTask(
            context: context, topology: TaskTopology(sources: sources, emissions: [], starts: [], closes: []),
            partitions: [orders, users], stores: [])
        let task = AssignedTask(
            id: context.taskID, lock: TaskLock(), partitions: [orders, users], context: context, stores: [],
            committed: [:], restoring: [], now: 0)
        task.phase = .running(running)
        return (task, running)
    }

    /// Says that the partition ends at this offset and has been read so far.
    private func empty(_ partition: TopicPartition, end: Int64, read: Int64) -> FetchedBatches {
        FetchedBatches(
            partition: partition, buffer: SharedBuffer(capacity: 1), batches: [], startOffset: Offset(read),
            nextOffset: Offset(read), highWatermark: Offset(end), lastStableOffset: Offset(end))
    }

    @Test("processes nothing while it does not know where an empty input ends")
    func unknown() throws {
        let (task, running) = try assigned()
        running.add(try Fetch.make(orders, [[("k", "a", 1)]]))
        #expect(!task.isReady(now: 0, idleTime: .zero))
        #expect(!task.isReady(now: 100 * second, idleTime: .seconds(1)))
        #expect(task.isReady(now: 0, idleTime: nil), "told never to wait")
    }

    @Test("waits for records that are known to be in the broker, however long it takes")
    func behind() throws {
        let (task, running) = try assigned()
        running.add(try Fetch.make(orders, [[("k", "a", 1)]]))
        running.add(empty(users, end: 5, read: 3))
        #expect(!task.isReady(now: 0, idleTime: .zero))
        #expect(!task.isReady(now: 100 * second, idleTime: .seconds(1)))
        running.add(empty(users, end: 5, read: 5))
        #expect(task.isReady(now: 100 * second, idleTime: .zero))
    }

    @Test("waits for an input that has been read to its end as long as it is told")
    func idle() throws {
        let (task, running) = try assigned()
        running.add(try Fetch.make(orders, [[("k", "a", 1)]]))
        running.add(empty(users, end: 5, read: 5))
        #expect(!task.isReady(now: 10 * second, idleTime: .seconds(2)))
        #expect(!task.isReady(now: 11 * second, idleTime: .seconds(2)))
        #expect(task.isReady(now: 12 * second, idleTime: .seconds(2)))
    }

    @Test("does not wait once all its inputs have records, or none has")
    func full() throws {
        let (task, running) = try assigned()
        #expect(!task.isReady(now: 0, idleTime: .zero))
        running.add(try Fetch.make(orders, [[("k", "a", 1)]]))
        running.add(try Fetch.make(users, [[("k", "b", 1)]]))
        #expect(task.isReady(now: 0, idleTime: .seconds(100)))
    }

    @Test("takes the table's update before the stream's record of the same time, whichever came first")
    func ties() throws {
        let builder = StreamsBuilder()
        let orders = builder.stream("orders", Consumed(key: .string, value: .string))
        let users = builder.table("users", Consumed(key: .string, value: .string))
        orders.join(users) { order, user in "\(order) of \(user)" }.to("out", Produced(key: .string, value: .string))
        let driver = try TopologyTestDriver(try builder.build(), .init(processesOnSend: false))
        try driver.inputTopic("orders", key: .string, value: .string).send("k", "order", at: Timestamp(7))
        try driver.inputTopic("users", key: .string, value: .string).send("k", "Ann", at: Timestamp(7))
        try driver.processAll()
        let joined = try driver.outputTopic("out", key: .string, value: .string).readAll().map(\.value)
        #expect(joined == ["order of Ann"])
    }
}
