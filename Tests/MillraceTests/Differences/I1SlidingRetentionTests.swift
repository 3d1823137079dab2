import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("I1, C10: sliding windows that are made from windows about to expire")
struct I1SlidingRetentionTests {
    private func counts(_ semantics: Semantics) throws -> [String: Int64] {
        let fixture = try OperatorFixture(semantics: semantics) { _, stream in
            stream.groupByKey().windowed(by: .sliding(difference: .milliseconds(10), grace: .milliseconds(5))).count()
                .toStream { key, _ in "\(key)" }.to("out", Produced(key: .string, value: .int64))
        }
        try fixture.input.send(1, Order("x"), at: Timestamp(85))
        // Stream time 100; the store's newest window begins at 100.
        try fixture.input.send(2, Order("x"), at: Timestamp(99))
        try fixture.input.send(2, Order("x"), at: Timestamp(100))
        // At the end of the grace; the record at 85 lies in its window, and is known by the window that begins at 75.
        try fixture.input.send(1, Order("x"), at: Timestamp(95))
        return try fixture.driver.outputTopic("out", key: .string, value: .int64).readTable()
    }

    @Test("the last record that a window can take finds those before it; Kafka Streams' store has forgotten them")
    func boundary() throws {
        #expect(try counts(.millrace)["[1@85/95]"] == 2)
        #expect(try counts(.kafkaStreams)["[1@85/95]"] == 1)
    }
}
