import EngineKit
import Millrace
import MillraceCluster
import MillraceCore
import Testing

@Suite("Queries from inside a running task", .serialized)
struct QueryInsideTaskTests {
    /// What the topology's closures share with the test.
    private final class Desk: Sendable {
        let application = Monitor<StreamsApplication?>(nil)
        let errors = Monitor<[QueryError?]>([])

        func ask() {
            guard let application = application.withLock({ $0 }) else { return }
            do {
                _ = try application.store("counts", .keyValue(String.self, Int64.self)).get("k")
                errors.withLock { $0.append(nil) }
            } catch {
                errors.withLock { $0.append(error) }
            }
        }
    }

    @Test(
        "are refused: the task would wait for itself; elsewhere they are answered", arguments: Engine.available, [1, 2])
    func refused(engine: Engine, threads: Int) throws {
        let test = try TestCluster(engine)
        try test.create("words", partitions: 2)
        try test.create("out", partitions: 2)
        let desk = Desk()
        let builder = StreamsBuilder()
        builder.stream("words", Consumed(key: .string, value: .string))
            .peek { _, _ in desk.ask() }
            .groupByKey().count(.as("counts")).toStream()
            .peek { _, _ in desk.ask() }
            .to("out", Produced(key: .string, value: .int64))
        let application = try StreamsApplication(
            builder.build(),
            StreamsConfiguration(
                applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory, threads: threads,
                commitInterval: .milliseconds(20), flushInterval: .milliseconds(20)))
        desk.application.withLock { $0 = application }
        try application.start()
        #expect(application.waitUntil(.running, timeout: .seconds(20)), "\(String(describing: application.error))")
        try test.produce("words", (0..<20).map { ("k\($0)", "v", Int64($0)) } + [("k", "v", 20)])
        try test.eventually("counts") { try test.latest("out").count == 21 }
        let errors = desk.errors.withLock { $0 }
        #expect(errors.count == 42)
        #expect(errors.allSatisfy { $0 == .insideTask(store: "counts") })
        #expect(try application.store("counts", .keyValue(String.self, Int64.self)).get("k") == 1)

        try test.eventually("node and store metrics") {
            let metrics = application.metrics
            return metrics.nodes.first { $0.name == "KSTREAM-PEEK-0000000001" }?.processedRecords == 21
                && metrics.tasks.count == 2
                && metrics.tasks.allSatisfy { $0.stores.contains { $0.flushLatency.count > 0 } }
        }
        #expect(application.metrics.nodes.map(\.name) == application.topology.nodes.map(\.name))
        #expect(application.metrics.nodes.allSatisfy { $0.processedRecords == 21 })
        #expect(application.close(timeout: .seconds(20)))
        desk.application.withLock { $0 = nil }
    }

    @Test("applications of a process share one block cache unless they are given another")
    func resources() throws {
        let test = try TestCluster()
        let configuration = StreamsConfiguration(
            applicationID: "a", cluster: test.cluster, stateDirectory: test.stateDirectory)
        var other = configuration
        other.applicationID = "b"
        #expect(configuration.storeResources === other.storeResources)
    }
}
