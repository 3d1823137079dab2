import EngineKit
import Foundation
import Millrace
import MillraceCluster
import MillraceCore
import Testing

@Suite("Members that stall, come back, or are gone", .serialized)
struct MembershipTests {
    private typealias Counting = CountingApplication

    @Test(
        "an instance that stalls for longer than its session loses its tasks, joins again, and nothing is wrong",
        arguments: Engine.available)
    func stall(engine: Engine) throws {
        let test = try TestCluster(engine)
        try Counting.createTopics(test, partitions: 4)
        enum Gate { case open, reached, closed }
        let gate = Monitor(Gate.open)
        let stalling = try Counting.topology { value in
            guard value == "stall" else { return }
            gate.update { if $0 == .open { $0 = .reached } }
            gate.wait { $0 == .closed }
        }
        let first = try StreamsApplication(stalling, Counting.configuration(test, instance: 1))
        try first.start()
        try test.produce("words", Counting.words(0..<1_000))
        try test.eventually("counted") { try test.latest("counts-out") == Counting.fold(0..<1_000) }
        try test.produce("words", Counting.words(1_000..<1_500) + [("k0", "stall", 1_500)])
        try test.eventually("stalled") { gate.withLock { $0 == .reached } }
        // The same input, without what it stalls at.
        let second = try StreamsApplication(Counting.topology(), Counting.configuration(test, instance: 2))
        try second.start()
        try test.eventually("the other takes all") { second.state == .running && second.runningTaskCount == 4 }
        try test.produce("words", Counting.words(1_500..<2_000))
        var expected = Counting.fold(0..<2_000)
        expected["k0", default: 0] += 1
        try test.eventually("counted on") { try test.latest("counts-out") == expected }
        gate.update { $0 = .closed }
        try test.eventually("the first is back") {
            first.state == .running && first.runningTaskCount == 2 && second.runningTaskCount == 2
        }
        try test.produce("words", Counting.words(2_000..<3_000))
        for (key, count) in Counting.fold(2_000..<3_000) { expected[key, default: 0] += count }
        try test.eventually("counted by both") { try test.latest("counts-out") == expected }
        #expect(first.close(timeout: .seconds(20)) && second.close(timeout: .seconds(20)))
        #expect(first.error == nil && second.error == nil)
        #expect(try test.latest("counts-out") == expected)
    }

    private func fixed(_ test: TestCluster, _ instance: Int, name: String) throws -> StreamsApplication {
        var configuration = Counting.configuration(test, instance: instance)
        configuration.groupInstanceID = name
        configuration.sessionTimeout = .seconds(30)
        return try StreamsApplication(Counting.topology(), configuration)
    }

    @Test(
        "a static member that comes back in time finds its tasks, and nobody else notices", arguments: Engine.available)
    func restart(engine: Engine) throws {
        let test = try TestCluster(engine)
        try Counting.createTopics(test, partitions: 4)
        let first = try fixed(test, 1, name: "one")
        let second = try fixed(test, 2, name: "two")
        try first.start()
        try second.start()
        try test.eventually("two tasks each") { first.runningTaskCount == 2 && second.runningTaskCount == 2 }
        try test.produce("words", Counting.words(0..<1_000))
        try test.eventually("counted") { try test.latest("counts-out") == Counting.fold(0..<1_000) }
        let tasks = Set(first.metrics.tasks.map(\.id))
        let rebalances = second.metrics.threads.map(\.rebalances)
        #expect(first.close(timeout: .seconds(20)))
        try test.produce("words", Counting.words(1_000..<2_000))
        let back = try fixed(test, 1, name: "one")
        try back.start()
        try test.eventually("back") { back.state == .running && Set(back.metrics.tasks.map(\.id)) == tasks }
        try test.eventually("counted on") { try test.latest("counts-out") == Counting.fold(0..<2_000) }
        #expect(second.metrics.threads.map(\.rebalances) == rebalances)
        #expect(second.allMetadata == back.allMetadata)
        #expect(back.close(timeout: .seconds(20)) && second.close(timeout: .seconds(20)))
    }

    @Test(
        "a thread that is removed leaves for good, as a static member too",
        arguments: Engine.available)
    func removal(engine: Engine) throws {
        let test = try TestCluster(engine)
        try Counting.createTopics(test, partitions: 4)
        var configuration = Counting.configuration(test, threads: 2)
        configuration.groupInstanceID = "one"
        configuration.sessionTimeout = .seconds(30)
        let application = try StreamsApplication(Counting.topology(), configuration)
        try application.start()
        try test.eventually("two tasks each") {
            application.metrics.threads.map { $0.tasks.count { !$0.isRestoring } } == [2, 2]
        }
        #expect(try application.removeThread() == "stream-1")
        // Long before its session would be over.
        try test.eventually("one has all", timeout: .seconds(10)) { application.runningTaskCount == 4 }
        try test.produce("words", Counting.words(0..<400))
        try test.eventually("counted") { try test.latest("counts-out") == Counting.fold(0..<400) }
        #expect(application.close(timeout: .seconds(20)))
    }

    @Test("of two with one static name the earlier stops, with an error that says so", arguments: Engine.available)
    func fenced(engine: Engine) throws {
        let test = try TestCluster(engine)
        try Counting.createTopics(test, partitions: 2)
        let first = try fixed(test, 1, name: "one")
        try first.start()
        #expect(first.waitUntil(.running, timeout: .seconds(20)))
        let second = try fixed(test, 2, name: "one")
        try second.start()
        #expect(first.waitUntil(.error, timeout: .seconds(20)))
        #expect(first.error?.code == .clusterFailed && first.error?.message.contains("one-0") ?? false)
        #expect(second.waitUntil(.running, timeout: .seconds(20)))
        try test.produce("words", Counting.words(0..<1_000))
        try test.eventually("counted") { try test.latest("counts-out") == Counting.fold(0..<1_000) }
        #expect(first.close(timeout: .seconds(20)) && second.close(timeout: .seconds(20)))
    }

    @Test(
        "directories of tasks that have moved away are removed after a while, those in use are not",
        arguments: Engine.available)
    func cleaning(engine: Engine) throws {
        let test = try TestCluster(engine)
        try Counting.createTopics(test, partitions: 4)
        func application(_ instance: Int) throws -> StreamsApplication {
            var configuration = Counting.configuration(test, instance: instance)
            configuration.stateCleanupDelay = .milliseconds(300)
            return try StreamsApplication(Counting.topology(), configuration)
        }
        func directories(_ instance: Int) throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: test.stateDirectory + "\(instance)/app")
                .count { $0.contains("_") }
        }
        let first = try application(1)
        try first.start()
        #expect(first.waitUntil(.running, timeout: .seconds(20)))
        try test.produce("words", Counting.words(0..<1_000))
        try test.eventually("counted") { try test.latest("counts-out") == Counting.fold(0..<1_000) }
        #expect(try directories(1) == 4)
        let second = try application(2)
        try second.start()
        try test.eventually("shared and cleaned") {
            try second.runningTaskCount == 2 && directories(1) == 2 && directories(2) == 2
        }
        #expect(second.close(timeout: .seconds(20)))
        try test.produce("words", Counting.words(1_000..<2_000))
        try test.eventually("counted on") { try test.latest("counts-out") == Counting.fold(0..<2_000) }
        #expect(try directories(1) == 4 && directories(2) == 2)
        #expect(first.close(timeout: .seconds(20)))
    }
}
