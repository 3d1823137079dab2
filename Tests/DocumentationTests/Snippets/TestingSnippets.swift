import Millrace
import MillraceTesting
import Testing

/// The code of docs/guide/testing.md.
@Suite("Guide to testing")
struct TestingSnippets {
    @Test("records go in and come out of the driver")
    func driver() throws {
        let builder = StreamsBuilder()
        builder.stream("messages", Consumed(key: .string, value: .string))
            .groupByKey().count(.as("talkers"))
            .toStream().to("totals", Produced(key: .string, value: .int64))

        let driver = try TopologyTestDriver(try builder.build())
        let messages = driver.inputTopic("messages", key: .string, value: .string, advancingBy: .seconds(1))
        let totals = driver.outputTopic("totals", key: .string, value: .int64)

        try messages.send("alice", "hello")  // at the topic's own time, which then moves on
        try messages.send("bob", "hi", at: Timestamp(5_000))  // at a time of its own
        try messages.send("alice", nil)  // a null value
        #expect(try totals.read()?.value == 1)  // one record, oldest first
        #expect(try totals.readAll().count == 1)  // the rest
    }
}
