import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

/// The code of docs/guide/streams-and-tables.md about suppression and cogroups, run by the test driver.
@Suite("Guide to the DSL: final results, several streams")
struct SuppressSnippets {
    private func makeTopology() throws -> Topology {
        let builder = StreamsBuilder()
        let requests = builder.stream("requests", Consumed(key: .string, value: .string))
        let logins = builder.stream("logins", Consumed(key: .string, value: .int64))

        requests.groupByKey()
            .windowed(by: .tumbling(size: .seconds(60), grace: .seconds(10)))
            .count(.as("requests-per-minute"))
            .suppress(.untilWindowCloses())
            .toStream().to("final-counts", Produced(key: .windowed(.string, size: .seconds(60)), value: .int64))

        let totals = requests.groupByKey().count(.as("requests"))
        totals.suppress(.untilTimeLimit(.seconds(30), .maxRecords(100_000)))
            .toStream().to("totals", Produced(key: .string, value: .int64))

        let profiles = requests.groupByKey().cogroup { user, path, profile in profile + [path] }
            .cogroup(logins.groupByKey()) { user, seconds, profile in profile + ["login for \(seconds) s"] }
            .aggregate(initial: [String](), Materialized(as: "profiles", value: .json([String].self)))

        _ = profiles
        return try builder.build()
    }

    @Test("every step does what the guide says")
    func steps() throws {
        let driver = try TopologyTestDriver(try makeTopology())
        let requests = driver.inputTopic("requests", key: .string, value: .string)
        try requests.send("ada", "/a", at: Timestamp(1_000))
        try requests.send("ada", "/b", at: Timestamp(2_000))
        try driver.inputTopic("logins", key: .string, value: .int64).send("ada", 7, at: Timestamp(3_000))
        let totals = driver.outputTopic("totals", key: .string, value: .int64)
        let counts = driver.outputTopic("final-counts", key: .windowed(.string, size: .seconds(60)), value: .int64)
        #expect(try totals.readAll().isEmpty && counts.readAll().isEmpty)
        try requests.send("bob", "/c", at: Timestamp(70_000))
        #expect(try totals.readTable() == ["ada": 2])
        #expect(try counts.readAll().map(\.value) == [2])
        let profiles = try driver.store("profiles", KeyValueStore<String, [String]>.self)
        #expect(try profiles.value(for: "ada") == ["/a", "/b", "login for 7 s"])
    }
}
