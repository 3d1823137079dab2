import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

/// Records whose times are all different and in order: a task then takes them by time, whatever waits where.
@Suite("Streams joined with tables against a plain fold")
struct StreamTableJoinPropertyTests {
    @Test("each record meets the row of its time", arguments: 0..<80 as Range<UInt64>)
    func join(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let shape = EventShape(topics: ["in", "rows"], disorder: 0, nulls: 5, hasDistinctTimes: true)
        let events = shape.events(&random)
        let schedule = Schedule(&random)
        let isLeft = Bool.random(using: &random)
        let builder = StreamsBuilder()
        let rows = builder.numberTable("rows")
        let stream = builder.numbers()
        if isLeft {
            stream.leftJoin(rows) { value, row in value * 100 + (row ?? 50) }.output()
        } else {
            stream.join(rows) { value, row in value * 100 + row }.output()
        }
        var table: [String: Int64] = [:]
        var expected: [String: [String]] = [:]
        for event in events {
            if event.topic == "rows" {
                table[event.key] = event.value
            } else if let value = event.value, isLeft || table[event.key] != nil {
                expected[event.key, default: []].append("\(value * 100 + (table[event.key] ?? 50))@\(event.time)")
            }
        }
        let found = try schedule.run(try builder.build(), events)
        #expect(found.byKey == expected, "seed \(seed)")
    }
}
