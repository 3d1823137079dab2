import Millrace
import MillraceCore
import MillraceSimulation
import MillraceStores
import MillraceTesting
import Testing

/// Random records through an aggregate of sessions, against sessions in a plain array; with commits and crashes.
@Suite("Sessions are what their model says")
struct SessionModelTests {
    struct Session: Equatable {
        var key: Int64
        var start: Int64
        var end: Int64
        var text: String
    }

    /// The rules of C4 and I2, one session after the other.
    struct Model {
        let gap: Int64
        let grace: Int64
        var time: Int64 = -1
        var sessions: [Session] = []
        var lateCount = 0

        var closeTime: Int64 { time - gap - grace }

        mutating func add(_ key: Int64, _ text: String, at timestamp: Int64) {
            time = max(time, timestamp)
            let (closeTime, gap) = (closeTime, gap)
            func isJoined(_ session: Session) -> Bool {
                session.key == key && session.end >= closeTime && session.end >= timestamp - gap
                    && session.start <= timestamp + gap
            }
            let joined = sessions.filter(isJoined).sorted { $0.end < $1.end }
            let start = min(timestamp, joined.first?.start ?? timestamp)
            let end = max(timestamp, joined.last?.end ?? timestamp)
            if end < closeTime {
                lateCount += 1
                return
            }
            sessions.removeAll(where: isJoined)
            let whole = joined.map(\.text).joined() + text
            sessions.append(Session(key: key, start: start, end: end, text: whole))
        }

        var table: [String: String] {
            Dictionary(uniqueKeysWithValues: sessions.map { ("[\($0.key)@\($0.start)/\($0.end)]", $0.text) })
        }

        var closed: [String] {
            sessions.filter { $0.end < closeTime }
                .sorted { ($0.end, $0.start, $0.key) < ($1.end, $1.start, $1.key) }
                .map { "[\($0.key)@\($0.start)/\($0.end)] \($0.text)" }
        }
    }

    @Test(
        "tables, final results and late records; over crashes",
        arguments: Seeds.first(8, of: 20), [EmissionPolicy.everyUpdate, .coalesced, .onWindowClose])
    func life(seed: UInt64, emission: EmissionPolicy) throws {
        var dice = SeededGenerator(seed: seed)
        let gap = Int64.random(in: 1...20, using: &dice)
        let grace = Int64.random(in: 0...40, using: &dice)
        let crashes = seed % 2 == 0
        let builder = StreamsBuilder()
        let texts = Materialized<Int64, String>(as: "texts", key: .int64, value: .string).emitting(emission)
        let sessions = builder.stream("in", Consumed(key: .int64, value: .string)).groupByKey()
            .windowed(by: .session(gap: .milliseconds(gap), grace: .milliseconds(grace)))
        sessions.reduce(texts) { $0 + $1 }.toStream { key, _ in "\(key)" }
            .to("out", Produced(key: .string, value: .string))
        sessions.late.mapValues { $0.value ?? "" }.to("late", Produced(key: .int64, value: .string))
        let driver = try TopologyTestDriver(
            try builder.build(),
            TestDriverConfiguration(
                emptiesStoreMemory: seed % 3 == 0, commits: crashes ? .byHand : .everyRecord))
        let input = driver.inputTopic("in", key: .int64, value: .string)
        var model = Model(gap: gap, grace: grace)
        var clock: Int64 = 0
        for step in 0..<400 {
            if Int.random(in: 0..<3, using: &dice) == 0 { clock += Int64.random(in: 0...(gap * 2), using: &dice) }
            if Int.random(in: 0..<60, using: &dice) == 0 { clock += 100_000 }
            let time = max(0, clock - Int64.random(in: 0...(gap + grace + 5), using: &dice))
            let key = Int64.random(in: 0..<3, using: &dice)
            model.add(key, "\(step),", at: time)
            try input.send(key, "\(step),", at: Timestamp(time))
            guard crashes else { continue }
            if Int.random(in: 0..<15, using: &dice) == 0 { try driver.commit() }
            if Int.random(in: 0..<40, using: &dice) == 0 {
                try driver.crash()
                try driver.processAll()
            }
        }
        try driver.commit()
        let out = driver.outputTopic("out", key: .string, value: .string)
        if emission == .onWindowClose {
            let lines = try out.readAll().map { "\($0.key ?? "nil") \($0.value ?? "nil")" }
            #expect(lines == model.closed, "seed \(seed)")
        } else {
            let table: [String: String] = try out.readTable()
            #expect(table == model.table, "seed \(seed)")
        }
        let late = try driver.outputTopic("late", key: .int64, value: .string).readAll()
        #expect(late.count == model.lateCount, "seed \(seed)")
        driver.close()
    }
}
