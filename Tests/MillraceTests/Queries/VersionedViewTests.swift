import EngineKit
import Millrace
import MillraceCluster
import MillraceCore
import MillraceStores
import Testing

@Suite("Versioned tables in an application", .serialized)
struct VersionedViewTests {
    private static func topology() throws -> Topology {
        let builder = StreamsBuilder()
        let rates = builder.table(
            "rates", Consumed(key: .string, value: .string),
            materialized: .versioned("rates", history: .milliseconds(1_000)))
        builder.stream("payments", Consumed(key: .string, value: .string))
            .leftJoin(rates, Joined(grace: .milliseconds(50))) { amount, rate in "\(amount)*\(rate ?? "-")" }
            .to("out", Produced(key: .string, value: .string))
        return try builder.build()
    }

    private func start(_ test: TestCluster) throws -> StreamsApplication {
        let application = try StreamsApplication(
            Self.topology(),
            StreamsConfiguration(
                applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory, threads: 2,
                commitInterval: .milliseconds(20), sessionTimeout: test.engine.sessionTimeout,
                heartbeatInterval: .milliseconds(100), rebalanceTimeout: test.engine.rebalanceTimeout,
                transactionTimeout: .seconds(1)))
        try application.start()
        #expect(application.waitUntil(.running, timeout: .seconds(20)), "\(String(describing: application.error))")
        return application
    }

    @Test(
        "queries answer for now, for a time and for a stretch; history and waiting records survive a restart",
        arguments: Engine.available)
    func queries(engine: Engine) throws {
        let test = try TestCluster(engine)
        for topic in ["rates", "payments", "out"] { try test.create(topic, partitions: 2) }
        try test.produce("rates", [("EUR", "a", 1_000), ("EUR", "c", 1_500), ("EUR", "b", 1_200), ("USD", "x", 1_100)])
        var application = try start(test)
        for round in 0..<2 {
            let view = try application.store("rates", .versioned(String.self, String.self))
            try test.eventually("the rates are there") { try view.get("EUR")?.value == "c" }
            #expect(try view.get("EUR", asOf: Timestamp(1_300))?.value == "b")
            #expect(try view.get("EUR", asOf: Timestamp(1_300))?.validTo == Timestamp(1_500))
            #expect(try view.get("EUR", asOf: Timestamp(999)) == nil)
            #expect(try view.get("CHF") == nil)
            #expect(try view.history(of: "EUR").map(\.value) == ["a", "b", "c"])
            #expect(try view.history(of: "EUR", from: Timestamp(1_200), to: Timestamp(1_499)).map(\.value) == ["b"])
            #expect(throws: QueryError.self) {
                try application.store("rates", .keyValue(String.self, String.self)).get("EUR")
            }
            if round == 0 {
                try test.produce("payments", [("EUR", "1", 1_250)])
                try test.eventually("the payment is committed") {
                    let inputs = (0..<2 as Range<Int32>).map { TopicPartition("payments", $0) }
                    let offsets = try test.cluster.admin.committedOffsets(group: "app", partitions: inputs)
                    return offsets.values.contains { $0.offset == Offset(1) }
                }
            }
            #expect(try test.read("out").isEmpty)
            #expect(application.close(timeout: .seconds(20)))
            application = try start(test)
        }
        // A later rate for the time of the payment that still waits.
        try test.produce("rates", [("EUR", "b2", 1_240)])
        let view = try application.store("rates", .versioned(String.self, String.self))
        try test.eventually("the rate is there") { try view.get("EUR", asOf: Timestamp(1_250))?.value == "b2" }
        try test.produce("payments", [("EUR", "2", 1_300)])
        try test.eventually("the payment is joined") { try !test.read("out").isEmpty }
        #expect(try test.read("out").map(\.text) == ["1*b2"])
        #expect(application.close(timeout: .seconds(20)))
    }
}
