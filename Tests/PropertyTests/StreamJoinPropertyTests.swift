import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

@Suite("Streams joined with streams against all pairs")
struct StreamJoinPropertyTests {
    enum Kind: CaseIterable { case inner, left, outer }

    /// Windows and what they make of two streams, by all pairs.
    private struct Windows {
        var before: Int64
        var after: Int64
        var grace: Int64

        init(_ random: inout SeededGenerator, grace: Int64) {
            before = Int64.random(in: -10...30, using: &random)
            after = Int64.random(in: max(-10, -before)...30, using: &random)
            self.grace = grace
        }

        var windows: JoinWindows {
            JoinWindows(before: .milliseconds(before), after: .milliseconds(after), grace: .milliseconds(grace))
        }

        /// Each pair at the later time; with `endsAt`, each record without a partner whose window is over by then.
        func results(_ left: [Event], _ right: [Event], _ kind: Kind, endsAt end: (Event) -> Int64)
            -> [Record<String, Int64>: Int]
        {
            var results: [Record<String, Int64>: Int] = [:]
            var met: Set<Int> = []
            func add(_ key: String, _ value: Int64, _ time: Int64) {
                results[Record(key: key, value: value, timestamp: Timestamp(time)), default: 0] += 1
            }
            for event in left {
                var isAlone = true
                for (index, other) in right.enumerated() where other.key == event.key {
                    guard (event.time - before...event.time + after).contains(other.time) else { continue }
                    isAlone = false
                    met.insert(index)
                    add(event.key, Self.value(event.value, other.value), max(event.time, other.time))
                }
                if isAlone, kind != .inner, event.time + after + grace < end(event) {
                    add(event.key, Self.value(event.value, nil), event.time)
                }
            }
            for (index, event) in right.enumerated() where kind == .outer && !met.contains(index) {
                if event.time + before + grace < end(event) {
                    add(event.key, Self.value(nil, event.value), event.time)
                }
            }
            return results
        }

        static func value(_ left: Int64?, _ right: Int64?) -> Int64 { (left ?? 70) * 1_000 + (right ?? 80) }
    }

    private func join(
        _ left: KStream<String, Int64>, _ right: KStream<String, Int64>, _ kind: Kind, _ windows: JoinWindows
    ) {
        switch kind {
        case .inner: left.join(right, within: windows) { $0 * 1_000 + $1 }.output()
        case .left: left.leftJoin(right, within: windows) { $0 * 1_000 + ($1 ?? 80) }.output()
        case .outer: left.outerJoin(right, within: windows) { ($0 ?? 70) * 1_000 + ($1 ?? 80) }.output()
        }
    }

    private func isLeft(_ event: Event) -> Bool { (event.value ?? 0) % 2 == 0 }

    private func halves(
        _ kind: Kind, _ windows: Windows
    ) throws -> Topology {
        let builder = StreamsBuilder()
        let events = builder.numbers()
        join(events.filter { $1 % 2 == 0 }, events.filter { $1 % 2 != 0 }, kind, windows.windows)
        return try builder.build()
    }

    @Test(
        "two halves of one topic, nothing late: pairs, and those alone whose time is over",
        arguments: Kind.allCases, Seeds.first(20, of: 50))
    func halves(kind: Kind, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let shape = EventShape(keys: 3)
        let events = shape.events(&random)
        let schedule = Schedule(&random)
        // A negative end of the window makes records late earlier.
        let windows = Windows(&random, grace: shape.disorder + 10 + Int64.random(in: 0...20, using: &random))
        var now: [Int32: Int64] = [:]
        for event in events {
            let partition = event.partition(of: schedule.partitions)
            now[partition] = max(now[partition] ?? 0, event.time)
        }
        let expected = windows.results(events.filter(isLeft), events.filter { !isLeft($0) }, kind) {
            now[$0.partition(of: schedule.partitions)] ?? 0
        }
        let found = try schedule.run(try halves(kind, windows), events)
        #expect(found.counts == expected, "\(kind), seed \(seed)")
    }

    @Test("with late records the same, whatever commits and crashes", arguments: Kind.allCases, Seeds.first(12, of: 30))
    func late(kind: Kind, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let events = EventShape(keys: 3, disorder: 60).events(&random)
        let schedule = Schedule(&random)
        let windows = Windows(&random, grace: Int64.random(in: 0...10, using: &random))
        let topology = try halves(kind, windows)
        let plain = try Schedule.plain(partitions: schedule.partitions).run(topology, events)
        let found = try schedule.run(topology, events)
        #expect(found.byKey == plain.byKey, "\(kind), seed \(seed)")
        let all = windows.results(events.filter(isLeft), events.filter { !isLeft($0) }, .inner) { _ in 0 }
        let alone = found.counts.filter { ($0.key.value ?? 0) / 1_000 != 70 && ($0.key.value ?? 0) % 1_000 != 80 }
        if kind == .inner { #expect(alone.allSatisfy { $0.value <= all[$0.key] ?? 0 }, "seed \(seed)") }
    }

    @Test("two topics, taken in any order within a long grace", arguments: Kind.allCases, Seeds.first(16, of: 40))
    func topics(kind: Kind, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var events = EventShape(topics: ["left", "right"], keys: 3).events(&random)
        let schedule = Schedule(&random)
        let windows = Windows(&random, grace: 100_000)
        let builder = StreamsBuilder()
        join(builder.numbers("left"), builder.numbers("right"), kind, windows.windows)
        let expected = windows.results(
            events.filter { $0.topic == "left" }, events.filter { $0.topic == "right" }, kind
        ) { _ in 1_000_000 }
        // A record of each partition moves time far on.
        events += (0..<60).map { Event(topic: "left", key: "end\($0)", value: 0, time: 1_000_000) }
        let found = try schedule.run(try builder.build(), events)
        #expect(found.counts.filter { !($0.key.key ?? "").hasPrefix("end") } == expected, "\(kind), seed \(seed)")
    }
}
