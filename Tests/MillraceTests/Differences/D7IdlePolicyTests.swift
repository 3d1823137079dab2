import EngineKit
import Millrace
import MillraceCluster
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

/// Both settings of the row, and what the time of an idle task means to what hangs on it.
@Suite("D7: time stands still without records, or moves on in an idle task")
struct D7IdlePolicyTests {
    private let tenSeconds = IdlePolicy.advance(every: .seconds(10))

    /// Records of each key, in windows of ten seconds.
    private func driver(_ policy: IdlePolicy, _ change: (inout TestDriverConfiguration) -> Void = { _ in }) throws
        -> TopologyTestDriver
    {
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string)).groupByKey()
            .windowed(by: .tumbling(size: .seconds(10), grace: .zero)).count(.as("counts"))
            .toStream().nullable.map { window, count in (window?.key, count) }
            .to("out", Produced(key: .string, value: .int64))
        var configuration = TestDriverConfiguration(idlePolicy: policy)
        change(&configuration)
        return try TopologyTestDriver(try builder.build(), configuration)
    }

    @Test("a record that comes after the pause: in time where time stood still, late where it moved on")
    func late() throws {
        for (policy, expected) in [(IdlePolicy.wait, [1, 2] as [Int64?]), (tenSeconds, [1])] {
            let driver = try driver(policy)
            let input = driver.inputTopic("in", key: .string, value: .string)
            try input.send("a", "x", at: Timestamp(5_000))
            try driver.advanceWallClock(by: .seconds(60))
            try input.send("a", "x", at: Timestamp(6_000))
            #expect(try driver.outputTopic("out", key: .string, value: .int64).readAll().map(\.value) == expected)
            #expect(driver.droppedRecords == (policy == .wait ? [:] : [.late: 1]))
        }
    }

    @Test("windows that are emitted as they close wait for a record where time stands still")
    func onClose() throws {
        for (policy, expected) in [(IdlePolicy.wait, [] as [Int64?]), (tenSeconds, [2])] {
            let builder = StreamsBuilder()
            builder.stream("in", Consumed(key: .string, value: .string)).groupByKey()
                .windowed(by: .tumbling(size: .seconds(10), grace: .seconds(2)))
                .count(Materialized<String, Int64>(as: "counts").emitting(.onWindowClose))
                .toStream().nullable.map { window, count in (window?.key, count) }
                .to("out", Produced(key: .string, value: .int64))
            let driver = try TopologyTestDriver(try builder.build(), .init(idlePolicy: policy))
            let input = driver.inputTopic("in", key: .string, value: .string)
            let output = driver.outputTopic("out", key: .string, value: .int64)
            try input.send("a", "x", at: Timestamp(1_000))
            try input.send("a", "x", at: Timestamp(1_500))
            try driver.advanceWallClock(by: .seconds(10))
            #expect(output.isEmpty, "11.5 s is before the end and the grace")
            try driver.advanceWallClock(by: .seconds(10))
            try driver.crash()
            try driver.advanceWallClock(by: .seconds(60))
            #expect(try output.readAll().map(\.value) == expected)
        }
    }

    @Test("suppressed results wait for a record where time stands still", arguments: [false, true])
    func suppressed(coalesced: Bool) throws {
        for (policy, expected) in [(IdlePolicy.wait, [] as [Int64?]), (tenSeconds, [2])] {
            let builder = StreamsBuilder()
            builder.stream("in", Consumed(key: .string, value: .string)).groupByKey()
                .windowed(by: .tumbling(size: .seconds(10), grace: .seconds(2))).count(.as("counts"))
                .suppress(.untilWindowCloses())
                .toStream().nullable.map { window, count in (window?.key, count) }
                .to("out", Produced(key: .string, value: .int64))
            let driver = try TopologyTestDriver(
                try builder.build(),
                .init(emission: coalesced ? .coalesced : .everyUpdate, commits: .byHand, idlePolicy: policy))
            let input = driver.inputTopic("in", key: .string, value: .string)
            let output = driver.outputTopic("out", key: .string, value: .int64)
            try input.send("a", "x", at: Timestamp(1_000))
            try input.send("a", "x", at: Timestamp(1_500))
            try driver.advanceWallClock(by: .seconds(10))
            try driver.commit()
            #expect(output.isEmpty, "11.5 s is before the end and the grace")
            try driver.advanceWallClock(by: .seconds(10))
            try driver.crash()
            try driver.advanceWallClock(by: .seconds(60))
            try driver.commit()
            #expect(try output.readAll().map(\.value) == expected)
        }
    }

    @Test("what is held back lets time pass downstream, as far as its own")
    func behindSuppressed() throws {
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string)).groupByKey().count(.as("all"))
            .suppress(.untilTimeLimit(.seconds(100), .unbounded)).toStream().groupByKey()
            .windowed(by: .tumbling(size: .seconds(10), grace: .seconds(300)))
            .count(Materialized<String, Int64>(as: "counts").emitting(.onWindowClose))
            .toStream().nullable.map { window, count in (window?.key, count) }
            .to("out", Produced(key: .string, value: .int64))
        let driver = try TopologyTestDriver(try builder.build(), .init(idlePolicy: tenSeconds))
        let input = driver.inputTopic("in", key: .string, value: .string)
        let output = driver.outputTopic("out", key: .string, value: .int64)
        try input.send("a", "x", at: .epoch)
        try driver.advanceWallClock(by: .seconds(110))
        try input.send("b", "x", at: Timestamp(500_000))
        #expect(output.isEmpty, "nothing has told the windows of the time yet")
        try driver.advanceWallClock(by: .seconds(50))
        #expect(try output.readAll().map(\.key) == ["a"])
    }

    @Test("time moves by whole intervals from where it stood, and begins anew with each record")
    func steps() throws {
        let driver = try driver(tenSeconds)
        let input = driver.inputTopic("in", key: .string, value: .string)
        try driver.advanceWallClock(by: .seconds(60))
        #expect(driver.streamTime == nil, "there is no time before the first record")
        try input.send("a", "x", at: Timestamp(5_000))
        for (seconds, expected) in [(9, 5_000), (1, 15_000), (19, 15_000 + 10_000), (1, 35_000)] as [(Int64, Int64)] {
            try driver.advanceWallClock(by: .seconds(seconds))
            #expect(driver.streamTime == Timestamp(expected))
        }
        try driver.advanceWallClock(by: .seconds(9))
        try input.send("a", "x", at: Timestamp(34_000))
        try driver.advanceWallClock(by: .seconds(9))
        #expect(driver.streamTime == Timestamp(35_000))
        try driver.advanceWallClock(by: .seconds(1))
        #expect(driver.streamTime == Timestamp(45_000))
    }

    @Test("the time is committed: a restart does not open windows again")
    func restart() throws {
        let driver = try driver(tenSeconds)
        let input = driver.inputTopic("in", key: .string, value: .string)
        try input.send("a", "x", at: Timestamp(5_000))
        try driver.advanceWallClock(by: .seconds(10))
        try driver.crash()
        #expect(driver.streamTime == Timestamp(15_000))
        try input.send("a", "x", at: Timestamp(6_000))
        #expect(driver.droppedRecords == [.late: 1])
    }

    @Test("what waits for the commit is passed on before time moves")
    func coalesced() throws {
        let builder = StreamsBuilder()
        _ = builder.stream("in", Consumed(key: .string, value: .string)).groupByKey()
            .count(Materialized<String, Int64>(as: "counts").emitting(.coalesced))
            .toStream().groupByKey()
            .windowed(by: .tumbling(size: .seconds(10), grace: .zero)).count(.as("updates"))
        let driver = try TopologyTestDriver(try builder.build(), .init(commits: .byHand, idlePolicy: tenSeconds))
        try driver.inputTopic("in", key: .string, value: .string).send("a", "x", at: Timestamp(5_000))
        try driver.advanceWallClock(by: .seconds(30))
        #expect(driver.droppedRecords == [:])
        #expect(
            try driver.store("updates", WindowStore<String, Int64>.self).get("a", windowStart: .epoch)?.value == 1)
    }

    @Test("downstream tasks move on too, after what the tasks above them sent")
    func subtopologies() throws {
        let builder = StreamsBuilder()
        _ = builder.stream("in", Consumed(key: .string, value: .string))
            .groupBy(Grouped(key: .string, value: .string)) { _, value in value }
            .windowed(by: .tumbling(size: .seconds(10), grace: .zero)).count(.as("counts"))
        let driver = try TopologyTestDriver(
            try builder.build(), .init(partitions: .counts(["in": 2]), idlePolicy: tenSeconds))
        let input = driver.inputTopic("in", key: .string, value: .string)
        try input.send("a", "x", at: Timestamp(5_000), partition: 0)
        try driver.advanceWallClock(by: .seconds(10))
        let times = driver.taskIDs.map { driver.streamTime(of: $0)?.millisecondsSinceEpoch }
        #expect(times.compactMap { $0 } == [15_000, 15_000], "two of the four tasks have had no record")
        try input.send("b", "x", at: Timestamp(6_000), partition: 1)
        #expect(driver.droppedRecords == [.late: 1], "the idle task has closed the window")
    }

    @Test("stream-time schedules fire")
    func schedules() throws {
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string)).process { Ticking($0) }
            .to("out", Produced(key: .string, value: .string))
        let driver = try TopologyTestDriver(try builder.build(), .init(idlePolicy: tenSeconds))
        try driver.inputTopic("in", key: .string, value: .string).send("a", "x", at: Timestamp(5_000))
        try driver.advanceWallClock(by: .seconds(20))
        let times = try driver.outputTopic("out", key: .string, value: .string).readAll().map(\.timestamp)
        #expect(times == [Timestamp(5_000), Timestamp(25_000)])
    }

    /// Says what time it is.
    private final class Ticking: Processor {
        let context: ProcessorContext<String, String>

        init(_ context: ProcessorContext<String, String>) {
            self.context = context
            context.schedule(every: .seconds(1), .streamTime) { [unowned context] time in
                try context.forward(Record(key: "tick", value: "x", timestamp: time))
            }
        }

        func process(_ record: Record<String, String>) throws {}
    }

    @Test("an idle application moves on, and commits the time", .timeLimit(.minutes(1)), arguments: Engine.available)
    func application(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("in")
        try test.create("out")
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string)).process { Ticking($0) }
            .to("out", Produced(key: .string, value: .string))
        let application = try StreamsApplication(
            try builder.build(),
            StreamsConfiguration(
                applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory,
                commitInterval: .milliseconds(20), idlePolicy: .advance(every: .milliseconds(50))))
        try application.start()
        try test.produce("in", [("a", "x", 5_000)])
        try test.eventually("two steps of time") { try test.read("out").last?.timestamp ?? 0 >= 6_000 }
        #expect(application.close())
        #expect(try test.read("out").allSatisfy { $0.timestamp % 50 == 0 })
        #expect(application.error == nil)
    }
}
