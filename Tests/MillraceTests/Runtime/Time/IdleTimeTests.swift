import MillraceCore
import Testing

@testable import Millrace

@Suite("Idle time")
struct IdleTimeTests {
    @Test("counts whole intervals since the first idle look, each once")
    func intervals() {
        var idle = IdleTime(since: Timestamp(1_000), base: Timestamp(70), processedRecords: 0)
        #expect(idle.advance(to: Timestamp(1_009), every: .milliseconds(10)) == nil)
        #expect(idle.advance(to: Timestamp(1_010), every: .milliseconds(10)) == Timestamp(80))
        #expect(idle.advance(to: Timestamp(1_019), every: .milliseconds(10)) == nil)
        #expect(idle.advance(to: Timestamp(1_055), every: .milliseconds(10)) == Timestamp(120))
        #expect(idle.advance(to: Timestamp(1_010), every: .milliseconds(10)) == nil, "a clock that went back")
        #expect(idle.advance(to: Timestamp(.max), every: .milliseconds(10)) != nil)
    }

    @Test("a node is told the earliest time that its parents pass on, after their emissions")
    func steps() throws {
        var told: [String] = []
        func step(_ name: String, _ parents: [Int], passesOn: Int64?, emits: Bool = false) -> TimeStep {
            TimeStep(
                parents: parents, emissions: emits ? [{ told.append("\(name) emits") }] : [],
                advance: passesOn.map { time in
                    {
                        told.append("\(name)@\($0.millisecondsSinceEpoch)")
                        return Timestamp(time)
                    }
                })
        }
        let steps = [
            step("source", [], passesOn: nil), step("holds", [0], passesOn: 40),
            step("passes", [0], passesOn: 200, emits: true), step("both", [1, 2], passesOn: 100),
            step("one", [2], passesOn: 100), step("below", [3], passesOn: 100),
        ]
        try steps.run(Timestamp(100))
        #expect(told == ["holds@100", "passes@100", "passes emits", "both@40", "one@100", "below@40"])
    }
}
