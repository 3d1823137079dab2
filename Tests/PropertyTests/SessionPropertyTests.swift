import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

@Suite("Sessions against a plain fold")
struct SessionPropertyTests {
    /// Sessions and their input, by chance.
    private struct Case {
        var gap: Int64
        var grace: Int64
        var events: [Event]
        var schedule: Schedule

        init(seed: UInt64) {
            var random = SeededGenerator(seed: seed)
            gap = Int64.random(in: 1...25, using: &random)
            grace = Bool.random(using: &random) ? 0 : Int64.random(in: 0...30, using: &random)
            events = EventShape(step: 12).events(&random)
            schedule = Schedule(&random)
        }

        func topology(_ emission: EmissionPolicy? = nil, isSuppressed: Bool = false) throws -> Topology {
            let builder = StreamsBuilder()
            var materialized = Materialized<String, Int64>(as: "sums", value: .int64)
            if let emission { materialized = materialized.emitting(emission) }
            let table = builder.numbers().groupByKey()
                .windowed(by: .session(gap: .milliseconds(gap), grace: .milliseconds(grace)))
                .aggregate(initial: 0, materialized, merger: { $1 + $2 }) { _, value, sum in sum + value }
            if isSuppressed { table.suppress(.untilWindowCloses()).output() } else { table.output() }
            return try builder.build()
        }

        /// Sessions of the end, and those of them that are over, by name (SEMANTICS C4, I2).
        func sessions() -> (all: [String: Int64], closed: [String: Int64], late: Int) {
            var all: [String: Int64] = [:]
            var closed: [String: Int64] = [:]
            var late = 0
            for partition in 0..<schedule.partitions {
                var now: Int64 = -1
                var open: [String: [(start: Int64, end: Int64, sum: Int64)]] = [:]
                for event in events where event.partition(of: schedule.partitions) == partition {
                    now = max(now, event.time)
                    let closeTime = now - gap - grace
                    var merged = (start: event.time, end: event.time, sum: event.value ?? 0)
                    func touches(_ session: (start: Int64, end: Int64, sum: Int64)) -> Bool {
                        session.end >= closeTime && session.end >= event.time - gap && session.start <= event.time + gap
                    }
                    let sessions = open[event.key] ?? []
                    for session in sessions where touches(session) {
                        merged = (
                            min(merged.start, session.start), max(merged.end, session.end), merged.sum + session.sum
                        )
                    }
                    if merged.end < closeTime {
                        late += 1
                    } else {
                        open[event.key] = sessions.filter { !touches($0) } + [merged]
                    }
                }
                for (key, sessions) in open {
                    for session in sessions {
                        let name = Window.name(key, session.start, session.end)
                        all[name] = session.sum
                        if session.end < now - gap - grace { closed[name] = session.sum }
                    }
                }
            }
            return (all, closed, late)
        }
    }

    @Test("the sessions that are left after merging", arguments: Seeds.first(40, of: 80))
    func rows(seed: UInt64) throws {
        let test = Case(seed: seed)
        let found = try test.schedule.run(try test.topology(), test.events)
        #expect(found.table == test.sessions().all, "seed \(seed)")
    }

    @Test("late records are counted", arguments: 0..<20 as Range<UInt64>)
    func late(seed: UInt64) throws {
        let test = Case(seed: seed)
        let driver = try TopologyTestDriver(
            try test.topology(), .init(partitions: .counts(others: test.schedule.partitions)))
        for event in test.events { try driver.send(event) }
        #expect(driver.droppedRecords[.late] ?? 0 == test.sessions().late, "seed \(seed)")
    }

    @Test("closed sessions, each once, when emitted as they close", arguments: Seeds.first(25, of: 60))
    func onClose(seed: UInt64) throws {
        let test = Case(seed: seed)
        let found = try test.schedule.run(try test.topology(.onWindowClose), test.events)
        #expect(found.table == test.sessions().closed, "seed \(seed)")
        #expect(found.byKey.values.allSatisfy { $0.count == 1 }, "seed \(seed)")
    }

    @Test("closed sessions, each once, when suppressed until they close", arguments: Seeds.first(25, of: 60))
    func suppressed(seed: UInt64) throws {
        let test = Case(seed: seed)
        let found = try test.schedule.run(try test.topology(isSuppressed: true), test.events)
        #expect(found.table == test.sessions().closed, "seed \(seed)")
        #expect(found.byKey.values.allSatisfy { $0.count == 1 }, "seed \(seed)")
    }
}
