import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("Timestamps that processors choose")
struct ProcessorTimestampTests {
    /// Moves each record back by five milliseconds.
    private final class Earlier: Processor {
        typealias OutputKey = String
        typealias OutputValue = String
        let context: ProcessorContext<String, String>

        init(_ context: ProcessorContext<String, String>) { self.context = context }

        func process(_ record: Record<String, String>) throws {
            var earlier = record
            earlier.timestamp = record.timestamp.advanced(byMilliseconds: -5)
            try context.forward(earlier)
        }
    }

    private func driver(_ reaction: ErrorReaction) throws -> TopologyTestDriver {
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string)).process { Earlier($0) }
            .to("out", Produced(key: .string, value: .string))
        return try TopologyTestDriver(
            try builder.build(), .init(handlers: ErrorHandlers(processing: { _ in reaction })))
    }

    @Test("a negative one is a processing error, as Kafka Streams' record refuses it")
    func negative() throws {
        let failing = try driver(.fail)
        let input = failing.inputTopic("in", key: .string, value: .string)
        try input.send("a", "x", at: Timestamp(5))
        #expect(try failing.outputTopic("out", key: .string, value: .string).read()?.timestamp == .epoch)
        #expect(throws: StreamsProcessingError.self) { try input.send("a", "x", at: Timestamp(4)) }

        let skipping = try driver(.skip)
        try skipping.inputTopic("in", key: .string, value: .string).send("a", "x", at: Timestamp(4))
        #expect(skipping.droppedRecords == [.processingError: 1])
        #expect(skipping.producedTopics.isEmpty)
    }
}
