import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

/// What one store gives, against two.
@Suite("The join of a stream with itself (E11)")
struct SelfJoinOperatorTests {
    /// Steps in between make it two streams for the builder.
    private func driver(
        _ windows: JoinWindows, hasOneStore: Bool, _ semantics: Semantics
    ) throws -> TopologyTestDriver {
        let builder = StreamsBuilder()
        let words = builder.stream("in", StreamJoinFixture.text)
        let left = hasOneStore ? words : words.nullable.peek { _, _ in }
        let right = hasOneStore ? words : words.nullable.peek { _, _ in }
        let pair = left.paired(with: right, within: windows)
        pair.join { "\($0)+\($1)" }.to("out", StreamJoinFixture.textOut)
        let topology = try builder.build()
        #expect(topology.stores.count == (hasOneStore ? 1 : 2))
        return try TopologyTestDriver(topology, TestDriverConfiguration(semantics: semantics, emptiesStoreMemory: true))
    }

    @Test("every record meets those before it, then itself")
    func pairs() throws {
        let driver = try driver(.symmetric(.milliseconds(5), grace: .zero), hasOneStore: true, .millrace)
        let input = driver.inputTopic("in", key: .string, value: .string)
        for (value, time) in [("a", 100), ("b", 103), ("c", 99)] as [(String, Int64)] {
            try input.send("k", value, at: Timestamp(time))
        }
        #expect(
            try driver.outputTopic("out", key: .string, value: .string).readAll().map(\.value) == [
                "a+a", "b+a", "a+b", "b+b", "c+a", "c+b", "c+c", "a+c", "b+c",
            ])
    }

    @Test("one store gives what two give, in the same order", arguments: Seeds.first(25, of: 60))
    func sameAsTwo(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let before = Int64.random(in: -3...20, using: &random)
        let windows = JoinWindows(
            before: .milliseconds(before),
            after: .milliseconds(Int64.random(in: max(-before, -3)...20, using: &random)),
            grace: .milliseconds(Int64.random(in: 0...10, using: &random)))
        let semantics: Semantics = seed.isMultiple(of: 2) ? .millrace : .kafkaStreams
        let one = try driver(windows, hasOneStore: true, semantics)
        let two = try driver(windows, hasOneStore: false, semantics)
        var time: Int64 = 50
        for index in 0..<60 {
            time += Int64.random(in: 0...6, using: &random)
            let late = Int64.random(in: 0...(Int.random(in: 0..<5, using: &random) == 0 ? 40 : 3), using: &random)
            let key = ["a", "b"].randomElement(using: &random)
            let value = Int.random(in: 0..<12, using: &random) == 0 ? nil : "v\(index)"
            var results: [[Record<String, String>]] = []
            for driver in [one, two] {
                try driver.inputTopic("in", key: .string, value: .string)
                    .send(key, value, at: Timestamp(max(0, time - late)))
                results.append(try driver.outputTopic("out", key: .string, value: .string).readAll())
            }
            #expect(results[0] == results[1], "seed \(seed), record \(index), \(windows)")
        }
        if semantics == .kafkaStreams { #expect(one.droppedRecords == two.droppedRecords, "seed \(seed)") }
    }
}
