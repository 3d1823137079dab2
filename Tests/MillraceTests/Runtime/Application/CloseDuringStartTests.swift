import EngineKit
import Millrace
import MillraceCluster
import MillraceCore
import Testing

@Suite("Closing while another thread starts", .serialized)
struct CloseDuringStartTests {
    @Test("close returns when the threads that start has made have ended", arguments: Engine.available)
    func waitsForStart(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("in")
        try test.create("out")
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string))
            .to("out", Produced(key: .string, value: .string))
        let application = try StreamsApplication(
            builder.build(),
            StreamsConfiguration(
                applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory, threads: 2,
                sessionTimeout: test.engine.sessionTimeout, heartbeatInterval: .milliseconds(100),
                rebalanceTimeout: test.engine.rebalanceTimeout, transactionTimeout: .seconds(1)))
        let closing = Monitor<(result: Bool, state: StreamsState)?>(nil)
        // Called by `start` before it makes the threads.
        application.onStateChange { [unowned application] new, _ in
            guard new == .rebalancing else { return }
            _ = SystemThread.start(name: "closer") {
                let result = application.close(timeout: .seconds(20))
                closing.update { $0 = (result, application.state) }
            }
            // Until the other is past the point where it found no threads, if it did not wait for them.
            let deadline = ContinuousClock.now + .seconds(10)
            while application.state != .pendingShutdown, ContinuousClock.now < deadline {}
            _ = closing.wait(timeout: .milliseconds(200)) { $0 != nil }
        }
        try application.start()
        #expect(closing.wait(timeout: .seconds(20)) { $0 != nil })
        let closed = try #require(closing.withLock { $0 })
        #expect(closed.result)
        #expect(closed.state == .notRunning)
        // The state directory is free again.
        let next = try StreamsApplication(application.topology, application.configuration)
        try next.start()
        #expect(next.waitUntil(.running, timeout: .seconds(20)), "\(String(describing: next.error))")
        next.close()
    }

    @Test("a start that comes after close makes no threads", arguments: Engine.available)
    func startTooLate(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("in")
        try test.create("out")
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string))
            .to("out", Produced(key: .string, value: .string))
        let application = try StreamsApplication(
            builder.build(),
            StreamsConfiguration(
                applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory))
        #expect(application.close())
        let error = #expect(throws: StreamsError.self) { try application.start() }
        #expect(error?.code == .invalidState)
    }
}
