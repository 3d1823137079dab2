import EngineKit
import Millrace
import MillraceCluster
import MillraceCore
import Synchronization
import Testing

@Suite("Operating an application", .serialized)
struct OperationTests {
    private typealias Counting = CountingApplication

    @Test("threads come and go while input flows, and the result is exact", arguments: Engine.onEveryClient)
    func threads(engine: Engine) throws {
        let test = try TestCluster(engine)
        try Counting.createTopics(test, partitions: 4)
        let application = try StreamsApplication(Counting.topology(), Counting.configuration(test))
        #expect(throws: StreamsError.self) { try application.addThread() }
        try application.start()
        #expect(application.waitUntil(.running, timeout: .seconds(20)))
        try test.produce("words", Counting.words(0..<1_000))
        #expect(try application.addThread() == "stream-1")
        #expect(try application.addThread() == "stream-2")
        try test.eventually("all three have tasks") {
            application.metrics.threads.count { $0.tasks.contains { !$0.isRestoring } } == 3
        }
        try test.produce("words", Counting.words(1_000..<2_000))
        #expect(try application.removeThread(timeout: .seconds(20)) == "stream-2")
        #expect(try application.removeThread(timeout: .seconds(20)) == "stream-1")
        #expect(application.threadNames == ["stream-0"])
        #expect(try application.addThread() == "stream-1", "a number that is free again")
        try test.produce("words", Counting.words(2_000..<3_000))
        try test.eventually("counted") { try test.latest("counts-out") == Counting.fold(0..<3_000) }
        try test.eventually("settled") { application.state == .running && application.runningTaskCount == 4 }

        while try !application.threadNames.isEmpty && application.removeThread(timeout: .seconds(20)) != nil {}
        #expect(application.state == .running, "without threads it stands still")
        #expect(throws: StreamsError.self) { try application.removeThread() }
        try test.produce("words", Counting.words(3_000..<4_000))
        try application.addThread()
        try test.eventually("counted on") { try test.latest("counts-out") == Counting.fold(0..<4_000) }
        #expect(application.close(timeout: .seconds(20)))
        #expect(application.state == .notRunning && application.error == nil)
    }

    @Test("an application without threads can be closed", arguments: Engine.available)
    func closeWithoutThreads(engine: Engine) throws {
        let test = try TestCluster(engine)
        try Counting.createTopics(test, partitions: 1)
        let application = try StreamsApplication(Counting.topology(), Counting.configuration(test))
        try application.start()
        #expect(try application.removeThread(timeout: .seconds(20)) == "stream-0")
        #expect(application.close(timeout: .seconds(20)))
        #expect(application.state == .notRunning && application.error == nil)
    }

    @Test(
        "a paused application processes nothing, commits what it has done, and answers queries",
        arguments: Engine.available)
    func pause(engine: Engine) throws {
        let test = try TestCluster(engine)
        try Counting.createTopics(test, partitions: 2)
        let seen = Atomic<Int>(0)
        let application = try StreamsApplication(
            Counting.topology { _ in seen.add(1, ordering: .relaxed) }, Counting.configuration(test))
        application.pause()
        try application.start()
        #expect(application.waitUntil(.running, timeout: .seconds(20)))
        try test.produce("words", Counting.words(0..<1_000))
        #expect(application.isPaused)
        // A second instance comes and goes: a paused one takes part in rebalances.
        let other = try StreamsApplication(Counting.topology(), Counting.configuration(test, instance: 1))
        other.pause()
        try other.start()
        try test.eventually("the other has its share") { other.runningTaskCount == 1 }
        #expect(other.close(timeout: .seconds(20)))
        try test.eventually("all is here again") {
            application.state == .running && application.runningTaskCount == 2
        }
        #expect(seen.load(ordering: .relaxed) == 0)
        application.resume()
        try test.eventually("counted") { try test.latest("counts-out") == Counting.fold(0..<1_000) }
        application.pause()
        let counts = try application.store("counts", .keyValue(String.self, Int64.self))
        #expect(try counts.get("k3") == 25)
        application.resume()
        try test.produce("words", Counting.words(1_000..<2_000))
        try test.eventually("counted on") { try test.latest("counts-out") == Counting.fold(0..<2_000) }
        #expect(application.close(timeout: .seconds(20)))
    }

    @Test("a replaced thread tries again what failed, and nothing is counted twice", arguments: Engine.available)
    func replace(engine: Engine) throws {
        let test = try TestCluster(engine)
        try Counting.createTopics(test, partitions: 2)
        let failures = Atomic<Int>(0)
        var configuration = Counting.configuration(test)
        let errors = Monitor<[StreamsError]>([])
        configuration.uncaughtErrors = { error in
            errors.withLock { $0.append(error) }
            return .replaceThread
        }
        let application = try StreamsApplication(
            Counting.topology { value in
                if value == "poison", failures.add(1, ordering: .relaxed).newValue <= 2 { throw Counting.Poison() }
            }, configuration)
        try application.start()
        try test.produce("words", Counting.words(0..<1_000) + [("k0", "poison", 1_000)])
        var expected = Counting.fold(0..<1_000)
        expected["k0", default: 0] += 1
        try test.eventually("counted") { try test.latest("counts-out") == expected }
        #expect(try test.latest("counts-out") == expected)
        #expect(errors.withLock { $0 }.map(\.code) == [.recordFailed, .recordFailed])
        try test.eventually("reported") { application.metrics.threads.first?.replacements == 2 }
        #expect(application.error == nil && application.state == .running)
        #expect(application.close(timeout: .seconds(20)))
    }

    @Test("a thread that is replaced again and again can be closed meanwhile", arguments: Engine.available)
    func closeWhileReplacing(engine: Engine) throws {
        let test = try TestCluster(engine)
        try Counting.createTopics(test, partitions: 1)
        let failures = Atomic<Int>(0)
        var configuration = Counting.configuration(test)
        configuration.uncaughtErrors = { _ in .replaceThread }
        let application = try StreamsApplication(
            Counting.topology { _ in
                failures.add(1, ordering: .relaxed)
                throw Counting.Poison()
            }, configuration)
        try application.start()
        try test.produce("words", Counting.words(0..<10))
        try test.eventually("failed three times") { failures.load(ordering: .relaxed) > 2 }
        #expect(application.close(timeout: .seconds(20)))
        #expect(application.state == .notRunning && application.error == nil)
    }

    @Test("an error that stops the application stops all instances, and says so", arguments: Engine.available)
    func stopApplication(engine: Engine) throws {
        let test = try TestCluster(engine)
        try Counting.createTopics(test, partitions: 4)
        let applications = try (0..<3).map { instance in
            var configuration = Counting.configuration(test, instance: instance, threads: 2)
            configuration.uncaughtErrors = { _ in .stopApplication }
            return try StreamsApplication(
                Counting.topology { if $0 == "poison" { throw Counting.Poison() } }, configuration)
        }
        for application in applications { try application.start() }
        try test.eventually("four tasks run") { applications.reduce(0) { $0 + $1.runningTaskCount } == 4 }
        try test.produce("words", Counting.words(0..<1_000))
        try test.eventually("counted") { try test.latest("counts-out") == Counting.fold(0..<1_000) }
        try test.produce("words", [("k0", "poison", 1)])
        for application in applications { #expect(application.waitUntil(.error, timeout: .seconds(20))) }
        let codes = applications.map { $0.error?.code }
        #expect(codes.count { $0 == .recordFailed } == 1, "\(codes)")
        #expect(codes.count { $0 == .applicationStopped } == 2, "\(codes)")
        for application in applications { #expect(application.close(timeout: .seconds(20))) }
        #expect(try test.latest("counts-out") == Counting.fold(0..<1_000))
    }

    @Test("every instance knows which one has a key", arguments: Engine.available)
    func metadata(engine: Engine) throws {
        let test = try TestCluster(engine)
        try Counting.createTopics(test, partitions: 4)
        let applications = try (0..<2).map { instance in
            var configuration = Counting.configuration(test, instance: instance)
            configuration.applicationServer = HostInfo(host: "host-\(instance)", port: 8080 + instance)
            return try StreamsApplication(Counting.topology(), configuration)
        }
        #expect(applications[0].allMetadata.isEmpty)
        #expect(try applications[0].metadata(forKey: "k1", .string, inStore: "counts") == nil)
        for application in applications { try application.start() }
        try test.produce("words", Counting.words(0..<400))
        try test.eventually("two tasks each") { applications.allSatisfy { $0.runningTaskCount == 2 } }
        try test.eventually("counted") { try test.latest("counts-out") == Counting.fold(0..<400) }
        #expect(applications[0].allMetadata == applications[1].allMetadata)
        #expect(Set(applications[0].allMetadata.map { $0.host?.host }) == ["host-0", "host-1"])
        #expect(applications[0].allMetadata.allSatisfy { $0.stores == ["counts"] && $0.activeTasks.count == 2 })
        #expect(try applications[0].metadata(forStore: "counts").count == 2)
        #expect(throws: QueryError.self) { try applications[0].metadata(forStore: "nothing") }
        for key in 0..<40 {
            let found = try #require(try applications[0].metadata(forKey: "k\(key)", .string, inStore: "counts"))
            let owner = try #require(found.active.host)
            #expect(found.active.activeTasks.contains(found.task) && found.standbys.isEmpty)
            for (index, application) in applications.enumerated() {
                let counts = try application.store("counts", .keyValue(String.self, Int64.self))
                #expect(try counts.get("k\(key)") == (owner.port == 8080 + index ? 10 : nil))
            }
        }
        #expect(throws: QueryError.self) { try applications[0].metadata(inStore: "counts") { $0 } }
        for application in applications { #expect(application.close(timeout: .seconds(20))) }
    }
}
