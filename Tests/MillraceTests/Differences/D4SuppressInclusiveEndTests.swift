import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

@Suite("D4: a window that includes its end has one final result, or two")
struct D4SuppressInclusiveEndTests {
    private static let texts = Consumed<String, String>(key: .string, value: .string)

    private func results(
        _ semantics: Semantics, emission: EmissionPolicy = .everyUpdate, _ records: [(key: String, time: Int64)],
        _ counts: (KGroupedStream<String, String>) -> KTable<Windowed<String>, Int64>
    ) throws -> [String] {
        let builder = StreamsBuilder()
        counts(builder.stream("in", Self.texts).groupByKey())
            .suppress(.untilWindowCloses())
            .toStream { key, _ in "\(key)" }.to("out", Produced(key: .string, value: .int64))
        let driver = try TopologyTestDriver(
            try builder.build(), TestDriverConfiguration(emission: emission, semantics: semantics))
        let input = driver.inputTopic("in", key: .string, value: .string)
        for (key, time) in records { try input.send(key, "x", at: Timestamp(time)) }
        return try driver.outputTopic("out", key: .string, value: .int64).readAll()
            .map { "\($0.key ?? "nil") \($0.value.map { "\($0)" } ?? "nil") @\($0.timestamp.millisecondsSinceEpoch)" }
    }

    /// The second record is in time: the window includes its end.
    private let sliding: [(key: String, time: Int64)] = [("k", 10), ("k", 10), ("z", 11)]
    /// So is the third one.
    private let sessions: [(key: String, time: Int64)] = [("k", 5), ("z", 15), ("k", 5), ("y", 16)]

    private func slidingCounts(_ grouped: KGroupedStream<String, String>) -> KTable<Windowed<String>, Int64> {
        grouped.windowed(by: .sliding(difference: .milliseconds(10), grace: .zero)).count()
    }

    private func sessionCounts(_ grouped: KGroupedStream<String, String>) -> KTable<Windowed<String>, Int64> {
        grouped.windowed(by: .session(gap: .milliseconds(10), grace: .zero)).count()
    }

    @Test("one, when no record can change it any more", arguments: [EmissionPolicy.everyUpdate, .coalesced])
    func millrace(emission: EmissionPolicy) throws {
        #expect(try results(.millrace, emission: emission, sliding, slidingCounts) == ["[k@0/10] 2 @10"])
        #expect(try results(.millrace, emission: emission, sessions, sessionCounts) == ["[k@5/5] 2 @5"])
    }

    @Test("Kafka Streams gives two")
    func kafkaStreams() throws {
        #expect(
            try results(.kafkaStreams, sliding, slidingCounts) == [
                "[k@0/10] 1 @10", "[k@0/10] 2 @10", "[z@1/11] 1 @11",
            ])
        // The second session begins anew: the store does not show the first any more (I2).
        #expect(
            try results(.kafkaStreams, sessions, sessionCounts) == ["[k@5/5] 1 @5", "[k@5/5] 1 @5"])
    }

    @Test("random records: each window has one final result, which is the last that its table had", arguments: 0..<20)
    func once(seed: Int) throws {
        var dice = SeededGenerator(seed: UInt64(seed))
        var time: Int64 = 0
        var records: [(key: String, time: Int64)] = []
        for _ in 0..<120 {
            time += Int64.random(in: 0..<8, using: &dice)
            records.append(
                (
                    ["a", "b", "c"].randomElement(using: &dice) ?? "a",
                    max(0, time - Int64.random(in: 0..<25, using: &dice))
                ))
        }
        records.append(("end", time + 10_000))
        for counts in [slidingCounts, sessionCounts] {
            let final = try results(.millrace, records, counts)
            let table = try tables(records, counts)
            let windows = final.map { $0.prefix { $0 != "]" } }
            #expect(Set(windows).count == windows.count, "seed \(seed): a window has two results")
            #expect(Set(final) == table, "seed \(seed)")
        }
    }

    /// The rows that the tables have in the end, but those of the record at the end.
    private func tables(
        _ records: [(key: String, time: Int64)],
        _ counts: (KGroupedStream<String, String>) -> KTable<Windowed<String>, Int64>
    ) throws -> Set<String> {
        let builder = StreamsBuilder()
        counts(builder.stream("in", Self.texts).groupByKey())
            .toStream { key, _ in "\(key)" }.to("out", Produced(key: .string, value: .int64))
        let driver = try TopologyTestDriver(
            try builder.build(), TestDriverConfiguration(emission: .everyUpdate, semantics: .millrace))
        let input = driver.inputTopic("in", key: .string, value: .string)
        for (key, time) in records.dropLast() { try input.send(key, "x", at: Timestamp(time)) }
        var rows: [String: String] = [:]
        for record in try driver.outputTopic("out", key: .string, value: .int64).readAll() {
            let key = record.key ?? "nil"
            rows[key] = record.value.map { "\(key) \($0) @\(record.timestamp.millisecondsSinceEpoch)" }
        }
        return Set(rows.values)
    }
}
