import EngineKit
import Millrace
import MillraceCore
import Testing

@Suite("Processors that start")
struct ProcessorStartTests {
    private struct NoLuck: Error {}

    private final class Log: Sendable {
        private let entries = Monitor<[String]>([])
        var all: [String] { entries.withLock { $0 } }
        func add(_ entry: String) { entries.withLock { $0.append(entry) } }
    }

    private final class Noting: Processor {
        let name: String
        let log: Log
        let context: ProcessorContext<String, String>

        init(_ name: String, _ log: Log, _ context: ProcessorContext<String, String>) {
            self.name = name
            self.log = log
            self.context = context
            log.add("start \(name)")
        }

        func process(_ record: Record<String, String>) throws { try context.forward(record) }
        func close() { log.add("close \(name)") }
    }

    @Test("where one fails, those before it are closed, once", arguments: Engine.available)
    func failedStart(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("in")
        try test.create("out")
        let log = Log()
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string))
            .process(name: "first") { Noting("first", log, $0) }
            .process(name: "second") { Noting("second", log, $0) }
            .process(name: "third") { (_: ProcessorContext<String, String>) throws -> Noting in throw NoLuck() }
            .to("out", Produced(key: .string, value: .string))
        let application = try StreamsApplication(
            builder.build(),
            StreamsConfiguration(
                applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory,
                sessionTimeout: test.engine.sessionTimeout, heartbeatInterval: .milliseconds(100),
                rebalanceTimeout: test.engine.rebalanceTimeout, transactionTimeout: .seconds(1)))
        try application.start()
        #expect(application.waitUntil(.error, timeout: .seconds(20)))
        #expect(application.error?.code == .userCodeFailed, "\(String(describing: application.error))")
        application.close()
        #expect(log.all.sorted() == ["close first", "close second", "start first", "start second"])
    }
}
