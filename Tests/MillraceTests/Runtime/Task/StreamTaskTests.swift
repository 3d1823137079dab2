import MillraceCluster
import MillraceCore
import MillraceStores
import Testing

@testable import Millrace

@Suite("A task")
struct StreamTaskTests {
    /// A task over text topics whose only operator notes what it gets.
    private final class Fixture {
        let sender = FakeSender()
        let context: TaskContext
        var seen: [String] = []
        var emissions: [() throws -> Void] = []
        var starts: [() throws -> Void] = []

        init(handlers: ErrorHandlers = ErrorHandlers()) {
            context = TaskContext(
                applicationID: "app", taskID: TaskID(subtopology: 0, partition: 0), semantics: .millrace,
                emission: .coalesced, collector: RecordCollector(sender: sender), metrics: TaskMetrics(),
                punctuations: PunctuationQueue(), handlers: handlers)
        }

        func task(_ topics: [(name: String, feedsTable: Bool)]) throws -> StreamTask {
            let sources = topics.map { topic in
                TaskSource(topic: topic.name, feedsTable: topic.feedsTable) { self.receiver() }
            }
            return try StreamTask(
                context: context,
                topology: TaskTopology(sources: sources, emissions: emissions, starts: starts, closes: []),
                partitions: topics.map { TopicPartition($0.name, 0) }, stores: [])
        }

        /// Notes `value@offset`; the value "bad" cannot be decoded, the timestamp -1 is passed over.
        private func receiver() -> SourceReceiver {
            var prepared = ""
            return SourceReceiver(
                prepare: { [context] bytes, slot, _ in
                    prepared = slot.value.map { bytes.extracting($0).lossyUTF8 } ?? "null"
                    if prepared == "bad" {
                        try context.handleDeserializationError(SerdeError("bad bytes"), node: "source")
                        return nil
                    }
                    return slot.timestamp < .epoch ? nil : slot.timestamp
                },
                process: { [self] in
                    seen.append("\(prepared)@\(context.source?.offset.rawValue ?? -1)")
                })
        }
    }

    private let orders = TopicPartition("orders", 0)
    private let users = TopicPartition("users", 0)

    @Test("takes one partition in offset order, whatever the timestamps, and keeps the largest as stream time")
    func oneQueue() throws {
        let fixture = Fixture()
        let task = try fixture.task([("orders", false)])
        task.add(try Fetch.make(orders, [[("k", "a", 5), ("k", "b", 3)], [("k", "c", 9)]]))
        #expect(task.bufferedRecords == 3)
        #expect(try task.process(limit: 2) == 2)
        #expect(fixture.seen == ["a@0", "b@1"])
        #expect(fixture.context.streamTime == Timestamp(5))
        #expect(task.offsetsToCommit[orders]?.offset == Offset(2))
        #expect(try task.process(limit: 10) == 1)
        #expect(fixture.context.streamTime == Timestamp(9))
        #expect(task.queues[0].isEmpty)
    }

    @Test("takes the lowest head of several partitions; tables win ties")
    func severalQueues() throws {
        let fixture = Fixture()
        let task = try fixture.task([("orders", false), ("users", true)])
        task.add(try Fetch.make(orders, [[("k", "o10", 10), ("k", "o5", 5), ("k", "o20", 20)]]))
        task.add(try Fetch.make(users, [[("k", "u10", 10), ("k", "u15", 15), ("k", "u20", 20)]]))
        #expect(try task.process(limit: 100) == 6)
        #expect(fixture.seen.map { $0.split(separator: "@")[0] } == ["u10", "o10", "o5", "u15", "u20", "o20"])
    }

    @Test("passes over records before the wanted offset and commits the position behind gaps")
    func positions() throws {
        let fixture = Fixture()
        let task = try fixture.task([("orders", false)])
        let fetched = try Fetch.make(
            orders, at: 100, startOffset: 102, gap: 1,
            [
                [("k", "a", 1), ("k", "b", 1), ("k", "c", 1)], [("k", "d", 1)],
            ])
        task.add(fetched)
        #expect(task.queues[0].position == Offset(102))
        _ = try task.process(limit: 1)
        #expect(fixture.seen == ["c@102"])
        #expect(task.offsetsToCommit[orders]?.offset == Offset(104), "the head's offset, past the control record")
        _ = try task.process(limit: 1)
        #expect(task.offsetsToCommit[orders]?.offset == Offset(106), "the consumer's position")
        task.commitSucceeded(task.offsetsToCommit) { _ in nil }
        #expect(task.offsetsToCommit.isEmpty)
        #expect(!task.needsCommit)
    }

    @Test("counts skipped records as progress and writes dead letters with the record's bytes")
    func badRecords() throws {
        let fixture = Fixture(
            handlers: ErrorHandlers(deserialization: { _ in .deadLetter(topic: "dead") }))
        let task = try fixture.task([("orders", false)])
        task.add(try Fetch.make(orders, [[("k", "bad", 4), ("k", "negative", -1), ("k2", "bad", 7)]]))
        #expect(try task.process(limit: 10) == 0)
        #expect(task.needsCommit)
        try task.prepareCommit()
        #expect(task.offsetsToCommit[orders]?.offset == Offset(3))
        #expect(fixture.sender.sent.map(\.key) == ["k", "k2"])
        #expect(fixture.sender.sent.map(\.value) == ["bad", "bad"])
        #expect(fixture.sender.sent.first?.headers.last("__millrace.offset") == Array("0".utf8))
        #expect(fixture.context.metrics.dropped[.undecodable] == 2)
    }

    @Test("stops with an error that names the record where the handler says fail")
    func failure() throws {
        let fixture = Fixture()
        let task = try fixture.task([("orders", false)])
        task.add(try Fetch.make(orders, at: 40, [[("k", "good", 4), ("k", "bad", 4)]]))
        let error = #expect(throws: StreamsProcessingError.self) { try task.process(limit: 10) }
        #expect(error?.record.source == RecordSource(topic: "orders", partition: 0, offset: Offset(41)))
        #expect(fixture.seen == ["good@40"])
    }

    @Test("fires stream-time punctuators after the record that moved the time, outside any record")
    func punctuation() throws {
        let fixture = Fixture()
        let task = try fixture.task([("orders", false)])
        _ = fixture.context.punctuations.schedule(every: 10, .streamTime, now: .epoch) { time in
            fixture.seen.append("tick \(time.millisecondsSinceEpoch) \(fixture.context.source == nil)")
        }
        task.add(try Fetch.make(orders, [[("k", "a", 3), ("k", "b", 9), ("k", "c", 35), ("k", "d", 36)]]))
        _ = try task.process(limit: 10)
        #expect(fixture.seen == ["a@0", "tick 3 true", "b@1", "c@2", "tick 35 true", "d@3"])
    }

    @Test("fires wall-clock punctuators when told the time, and then wants a commit")
    func wallClock() throws {
        let fixture = Fixture()
        let task = try fixture.task([("orders", false)])
        var fired: [Int64] = []
        _ = fixture.context.punctuations.schedule(every: 10, .wallClockTime, now: Timestamp(100)) {
            fired.append($0.millisecondsSinceEpoch)
        }
        #expect(try !task.punctuateWallClock(Timestamp(109)))
        #expect(!task.needsCommit)
        #expect(try task.punctuateWallClock(Timestamp(145)))
        #expect(try !task.punctuateWallClock(Timestamp(146)))
        #expect(fired == [145])
        #expect(task.needsCommit)
    }

    @Test("gives stream time and positions back to the next owner")
    func restore() throws {
        let first = Fixture()
        let task = try first.task([("orders", false)])
        first.context.operatorTimes.track("window") { Timestamp(77) }
        task.add(try Fetch.make(orders, [[("k", "a", 50)], [("k", "b", 20)]]))
        _ = try task.process(limit: 1)
        let offsets = task.offsetsToCommit

        let second = Fixture()
        let next = try second.task([("orders", false)])
        next.restore(committed: offsets)
        #expect(second.context.streamTime == Timestamp(50))
        #expect(second.context.operatorTimes.restoredTime(of: "window") == Timestamp(77))
        #expect(next.queues[0].position == Offset(1))
        #expect(next.queues[0].partitionTime == Timestamp(50))
    }

    @Test("ends a slice where a processor asks for a commit")
    func commitRequest() throws {
        let fixture = Fixture()
        let task = try fixture.task([("orders", false)])
        task.add(try Fetch.make(orders, [[("k", "a", 1), ("k", "b", 2)]]))
        fixture.context.isCommitRequested = true
        #expect(try task.process(limit: 10) == 0)
        task.commitSucceeded([:]) { _ in nil }
        #expect(try task.process(limit: 10) == 2)
    }

    @Test("a processor may ask for a commit as it starts; it is made, and then records are taken")
    func commitRequestAtStart() throws {
        let fixture = Fixture()
        fixture.starts = [{ fixture.context.isCommitRequested = true }]
        let task = try fixture.task([("orders", false)])
        try task.start(now: .epoch)
        #expect(task.needsCommit)
        task.commitSucceeded(task.offsetsToCommit) { _ in nil }
        task.add(try Fetch.make(orders, [[("k", "a", 1)]]))
        #expect(try task.process(limit: 10) == 1)
    }

    @Test("commits positions that have not moved along with what a timer wrote: they are what is fenced")
    func timersAreFenced() throws {
        let fixture = Fixture()
        let task = try fixture.task([("orders", false)])
        task.add(try Fetch.make(orders, [[("k", "a", 1)]]))
        _ = try task.process(limit: 10)
        task.commitSucceeded(task.offsetsToCommit) { _ in nil }
        #expect(task.offsetsToCommit.isEmpty)
        _ = fixture.context.punctuations.schedule(every: 10, .wallClockTime, now: .epoch) { _ in }
        #expect(try task.punctuateWallClock(Timestamp(10)))
        #expect(task.offsetsToCommit[orders]?.offset == Offset(1))
        task.commitSucceeded(task.offsetsToCommit) { _ in nil }
        #expect(task.offsetsToCommit.isEmpty)
    }

    @Test("a closed task with timers leaves nothing in memory")
    func closing() throws {
        weak var context: TaskContext?
        do {
            let fixture = Fixture()
            context = fixture.context
            let task = try fixture.task([("orders", false)])
            _ = fixture.context.punctuations.schedule(every: 10, .wallClockTime, now: .epoch) { [context] _ in
                context?.isCommitRequested = true
            }
            let held = fixture.context
            _ = fixture.context.punctuations.schedule(every: 10, .streamTime, now: .epoch) { _ in
                held.isCommitRequested = true
            }
            task.close()
        }
        #expect(context == nil)
    }

    @Test(
        "failures of stores, disks and the cluster are not the record's: no handler sees them",
        arguments: [
            StoreError(.inputOutput, "bad disk"), ClusterError(.fenced, "another producer"),
        ] as [any Error])
    func foreignFailures(error: any Error) {
        let context = Fixture(handlers: ErrorHandlers(processing: { _ in .skip })).context
        #expect(throws: (any Error).self) { try context.handleProcessingError(error, node: "node") }
        #expect(throws: Never.self) { try context.handleProcessingError(SerdeError("the user's"), node: "node") }
    }

    @Test("forgets what is buffered when suspended, not where it was")
    func suspension() throws {
        let fixture = Fixture()
        let task = try fixture.task([("orders", false)])
        task.add(try Fetch.make(orders, at: 7, [[("k", "a", 1), ("k", "b", 2), ("k", "c", 3)]]))
        _ = try task.process(limit: 1)
        #expect(task.suspend() == [orders: Offset(8)])
        #expect(task.bufferedRecords == 0)
        task.add(try Fetch.make(orders, at: 8, [[("k", "b", 2), ("k", "c", 3)]]))
        _ = try task.process(limit: 10)
        #expect(fixture.seen == ["a@7", "b@8", "c@9"])
    }

    @Test("runs emissions before the commit")
    func emissions() throws {
        let fixture = Fixture()
        fixture.emissions = [{ fixture.seen.append("emit \(fixture.context.source == nil)") }]
        let task = try fixture.task([("orders", false)])
        task.add(try Fetch.make(orders, [[("k", "a", 1)]]))
        _ = try task.process(limit: 10)
        try task.prepareCommit()
        #expect(fixture.seen == ["a@0", "emit true"])
    }
}
