import Foundation
import Millrace
import MillraceTesting
import Testing

/// The code of docs/guide/windows-and-time.md, run by the test driver.
@Suite("Guide to windows and time")
struct WindowSnippets {
    private func makeTopology() throws -> Topology {
        let builder = StreamsBuilder()
        let messages = builder.stream("messages", Consumed(key: .string, value: .string))

        let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
        let days = TimeWindows.calendar(.day, in: berlin, grace: .seconds(3_600))
        let perDay = messages.groupByKey().windowed(by: days).count(.as("per-day").emitting(.onWindowClose))
        perDay.toStream().to("days", Produced(key: .windowed(.string, windows: days), value: .int64))

        let bursts = messages.groupByKey()
            .windowed(by: .sliding(difference: .seconds(10), grace: .seconds(5)))
        let counts = bursts.count(.as("within-ten-seconds"))
        counts.filter { key, count in count >= 3 }
            .toStream { key, count in key.key }
            .to("bursts", Produced(key: .string, value: .int64))

        bursts.late
            .mapValues { late in "\(late.value ?? "nothing") came \(late.lateness) too late" }
            .to("late", Produced(key: .string, value: .string))
        return try builder.build()
    }

    @Test("days, bursts and late records")
    func run() throws {
        let driver = try TopologyTestDriver(try makeTopology())
        let input = driver.inputTopic("messages", key: .string, value: .string)
        // 2025-03-30 begins at 23:00 UTC and has 23 hours.
        let midnight: Int64 = 1_743_289_200_000
        for (time, text) in [(-1, "before"), (0, "first"), (4_000, "second"), (9_000, "third")] as [(Int64, String)] {
            try input.send("ada", text, at: Timestamp(midnight + time))
        }
        try input.send("bob", "next day", at: Timestamp(midnight + 24 * 3_600_000))
        try input.send("ada", "behind", at: Timestamp(midnight))
        let days = driver.outputTopic("days", key: .windowed(.string, size: .zero), value: .int64)
        #expect(try days.readAll().map(\.value) == [1, 3])
        let bursts = driver.outputTopic("bursts", key: .string, value: .int64)
        #expect(try bursts.readAll().compactMap(\.value).max() == 4)
        let late = driver.outputTopic("late", key: .string, value: .string)
        #expect(try late.readAll().map(\.value) == ["behind came 86390.0 seconds too late"])
    }
}
