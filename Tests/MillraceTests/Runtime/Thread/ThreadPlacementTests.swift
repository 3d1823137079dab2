import EngineKit
import Millrace
import MillraceCluster
import MillraceCore
import Testing

@Suite("Where stream threads run")
struct ThreadPlacementTests {
    @Test(
        "threads that are to stay on a core each do, and a record goes through all the same",
        arguments: Engine.available, [ThreadPlacement.anyCore, .oneCoreEach])
    func cores(engine: Engine, placement: ThreadPlacement) throws {
        let test = try TestCluster(engine)
        try test.create("in", partitions: 2)
        try test.create("out")
        let seen = Monitor(Set<Int>())
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string))
            .peek { _, _ in seen.update { _ = $0.insert(SystemThread.coreCount) } }
            .to("out", Produced(key: .string, value: .string))
        let application = try StreamsApplication(
            builder.build(),
            StreamsConfiguration(
                applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory, threads: 2,
                threadPlacement: placement, sessionTimeout: test.engine.sessionTimeout,
                heartbeatInterval: .milliseconds(100), rebalanceTimeout: test.engine.rebalanceTimeout,
                transactionTimeout: .seconds(1)))
        try application.start()
        let sent = (0..<40).map { (key: "key \($0)", value: "value", timestamp: Int64($0 + 1)) }
        try test.produce("in", sent)
        try test.eventually("the records") { try test.read("out").count == sent.count }
        application.close()
        #expect(seen.withLock { $0 } == [placement == .oneCoreEach ? 1 : SystemThread.coreCount])
    }
}
