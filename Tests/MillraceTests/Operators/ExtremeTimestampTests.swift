import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("Timestamps at the end of time")
struct ExtremeTimestampTests {
    private static let everyWindows = [
        TimeWindows.tumbling(size: .seconds(60), grace: .seconds(5)),
        TimeWindows.hopping(size: .seconds(60), advance: .seconds(7), grace: .zero),
        TimeWindows.tumbling(size: .milliseconds(1), grace: .milliseconds(Int64.max)),
    ]

    @Test("windows take them without end or trap, and count what no window can hold", arguments: everyWindows)
    func windows(_ windows: TimeWindows) throws {
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string))
            .groupByKey().windowed(by: windows).count(.as("counts"))
            .toStream { key, _ in key.key }.to("out", Produced(key: .string, value: .int64))
        let driver = try TopologyTestDriver(try builder.build())
        let input = driver.inputTopic("in", key: .string, value: .string)
        for time in [0, Int64.max - 120_000, .max - 1, .max, .max - 60_000, 5] {
            try input.send("a", "x", at: Timestamp(time))
        }
        #expect(driver.streamTime == Timestamp(.max))
        #expect(driver.droppedRecords[.late, default: 0] > 0)
        #expect(!driver.outputTopic("out", key: .string, value: .int64).isEmpty)
        driver.close()
    }

    @Test("a partition that a topic does not have is an error with its number", arguments: [-1, 1, 7] as [Int32])
    func partitioner(partition: Int32) throws {
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string))
            .to("out", Produced(key: .string, value: .string, partitioner: { _, _, _ in partition }))
        let driver = try TopologyTestDriver(try builder.build())
        let error = #expect(throws: (any Error).self) {
            try driver.inputTopic("in", key: .string, value: .string).send("a", "x", at: .epoch)
        }
        #expect("\(String(describing: error))".contains("partition \(partition)"))
        driver.close()
    }
}
