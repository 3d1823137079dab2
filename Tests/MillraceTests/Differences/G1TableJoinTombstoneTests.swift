import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("G1: tombstones of table joins for results that never existed")
struct G1TableJoinTombstoneTests {
    private func results(
        _ semantics: Semantics, store: String?, joinerGives: String? = "joined"
    ) throws -> [Record<Int64, String>] {
        let builder = StreamsBuilder()
        let left = builder.table("left", Consumed(key: .int64, value: .string))
        let right = builder.table("right", Consumed(key: .int64, value: .string))
        let materialized = store.map { Materialized<Int64, String>(as: $0, value: .string) }
        left.join(right, materialized) { _, _ in joinerGives }
            .toStream().to("out", Produced(key: .int64, value: .string))
        let driver = try TopologyTestDriver(builder.build(), TestDriverConfiguration(semantics: semantics))
        // A row that is not there is deleted, while the other side has one.
        try driver.inputTopic("right", key: .int64, value: .string).send(1, "x")
        try driver.inputTopic("left", key: .int64, value: .string).send(1, nil)
        try driver.inputTopic("left", key: .int64, value: .string).send(1, "a")
        try driver.inputTopic("left", key: .int64, value: .string).send(1, nil)
        return try driver.outputTopic("out", key: .int64, value: .string).readAll()
    }

    @Test("millrace: only a result that existed is deleted", arguments: [nil, "results"])
    func millrace(store: String?) throws {
        #expect(try results(.millrace, store: store).map(\.value) == ["joined", nil])
        #expect(try results(.millrace, store: store, joinerGives: nil).isEmpty)
    }

    @Test("kafkaStreams: a tombstone whenever the other side has a row", arguments: [nil, "results"])
    func kafkaStreams(store: String?) throws {
        #expect(try results(.kafkaStreams, store: store).map(\.value) == [nil, "joined", nil])
        #expect(try results(.kafkaStreams, store: store, joinerGives: nil).map(\.value) == [nil, nil, nil])
    }
}
