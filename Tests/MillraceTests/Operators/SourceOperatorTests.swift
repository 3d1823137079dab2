import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("Sources")
struct SourceOperatorTests {
    private func driver(
        _ extractor: TimestampExtractor<Int64, Int64>, _ reaction: ErrorReaction = .fail
    ) throws -> TopologyTestDriver {
        let builder = StreamsBuilder()
        builder.stream(
            "in", Consumed(key: .int64, value: .int64, timestampExtractor: extractor, name: "source")
        ).to("out")
        return try TopologyTestDriver(
            builder.build(), .init(handlers: ErrorHandlers(deserialization: { _ in reaction })))
    }

    private func times(_ driver: TopologyTestDriver) throws -> [Int64] {
        try driver.outputTopic("out", key: .int64, value: .int64).readAll().map(\.timestamp.millisecondsSinceEpoch)
    }

    @Test("a negative timestamp stops, is dropped, or is replaced, as the extractor has it")
    func extractors() throws {
        let failing = try driver(.fail)
        let stop = stopping {
            try failing.inputTopic("in", key: .int64, value: .int64).send(1, 1, at: Timestamp(-1))
        }
        #expect(stop?.node == "source")
        #expect(stop?.error as? InvalidTimestamp == InvalidTimestamp(Timestamp(-1)))

        let skipping = try driver(.logAndSkip)
        let input = skipping.inputTopic("in", key: .int64, value: .int64)
        for time in [5, -1, 3] as [Int64] { try input.send(1, 1, at: Timestamp(time)) }
        #expect(try times(skipping) == [5, 3])
        #expect(skipping.droppedRecords == [.negativeTimestamp: 1])
        #expect(skipping.streamTime == Timestamp(5))

        let replacing = try driver(.usePartitionTime)
        let other = replacing.inputTopic("in", key: .int64, value: .int64)
        for time in [5, 3, -1] as [Int64] { try other.send(1, 1, at: Timestamp(time)) }
        #expect(try times(replacing) == [5, 3, 5])
        let early = try driver(.usePartitionTime)
        #expect(
            stopping { try early.inputTopic("in", key: .int64, value: .int64).send(1, 1, at: Timestamp(-1)) } != nil)
    }

    @Test("a custom extractor sees the record and the partition's time")
    func custom() throws {
        let driver = try driver(
            .custom { record, partitionTime in
                guard let value = record.value else { throw Refused() }
                return Timestamp(value + (partitionTime?.millisecondsSinceEpoch ?? 0))
            })
        let input = driver.inputTopic("in", key: .int64, value: .int64)
        for value in [10, 1, -5, -20] as [Int64] { try input.send(1, value, at: Timestamp(999)) }
        #expect(try times(driver) == [10, 11, 6])
        #expect(driver.droppedRecords == [.negativeTimestamp: 1])
        #expect(stopping { try input.send(1, nil) }?.error is Refused)
    }

    @Test("bytes that cannot be read go to the deserialization handler", arguments: [true, false], 0..<3)
    func badBytes(inKey: Bool, reaction: Int) throws {
        let reactions: [ErrorReaction] = [.fail, .skip, .deadLetter(topic: "dead")]
        let driver = try driver(.fail, reactions[reaction])
        let good: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1]
        let bad = ProducedRecord(
            topic: "in", key: inKey ? [1, 2] : good, value: inKey ? good : [1, 2], timestamp: Timestamp(4))
        #expect(stopping { try driver.send(bad) }?.node == (reaction == 0 ? "source" : nil))
        guard reaction > 0 else { return }
        try driver.inputTopic("in", key: .int64, value: .int64).send(nil, 7)
        let out = try driver.outputTopic("out", key: .int64, value: .int64).readAll()
        #expect(out == [Record(key: nil, value: 7, timestamp: .epoch)])
        #expect(driver.droppedRecords == [.undecodable: 1])
        let dead = try driver.outputTopic("dead", key: .byteArray, value: .byteArray).readAll()
        #expect(dead.map(\.key) == (reaction == 2 ? [bad.key] : []))
        #expect(dead.map(\.value) == (reaction == 2 ? [bad.value] : []))
        #expect(dead.allSatisfy { $0.timestamp == Timestamp(4) })
    }
}
