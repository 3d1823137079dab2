import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

@Suite("Tables joined by foreign key against their last rows")
struct ForeignKeyJoinPropertyTests {
    /// Rows of `left` point to the row of `right` that their value names; those divisible by five to none.
    @Test("the last rows of both sides, whichever came first", arguments: [false, true], Seeds.first(25, of: 60))
    func join(isLeft: Bool, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let events = EventShape(topics: ["left", "right"], keys: 6, nulls: 4).events(&random)
        let schedule = Schedule(&random)
        let builder = StreamsBuilder()
        let left = builder.numberTable("left")
        let right = builder.numberTable("right")
        let reference: @Sendable (Int64) -> String? = { $0 % 5 == 0 ? nil : "k\(abs($0) % 6)" }
        let store = Materialized<String, Int64>(as: "joined", key: .string, value: .int64)
        if isLeft {
            left.leftJoin(right, foreignKey: { _, value in reference(value) }, store) { $0 * 1_000 + ($1 ?? 80) }
                .output()
        } else {
            left.join(right, foreignKey: { _, value in reference(value) }, store) { $0 * 1_000 + $1 }.output()
        }
        var rows: [String: [String: Int64]] = [:]
        for event in events { rows[event.topic, default: [:]][event.key] = event.value }
        var expected: [String: Int64] = [:]
        for (key, value) in rows["left"] ?? [:] {
            let row = reference(value).flatMap { rows["right"]?[$0] }
            if row != nil || isLeft { expected[key] = value * 1_000 + (row ?? 80) }
        }
        let found = try schedule.run(try builder.build(), events)
        #expect(found.table == expected, "seed \(seed)")
    }
}
