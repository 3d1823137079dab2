import MillraceCore
import MillraceSimulation
import Testing

@testable import MillraceServer

@Suite("Deadlines of parked fetches")
struct DeadlineHeapTests {
    @Test("come in order", arguments: 0..<50 as Range<UInt64>)
    func order(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var heap = DeadlineHeap()
        var waiting: [(at: Int64, id: UInt64)] = []
        for id in 0..<200 as Range<UInt64> {
            let at = Int64.random(in: 0..<100, using: &random)
            heap.insert(id, at: MonotonicTime(milliseconds: at))
            waiting.append((at, id))
            guard Int.random(in: 0..<4, using: &random) == 0 else { continue }
            let now = Int64.random(in: 0..<100, using: &random)
            var due: Set<UInt64> = []
            while let id = heap.popDue(at: MonotonicTime(milliseconds: now)) { due.insert(id) }
            #expect(due == Set(waiting.filter { $0.at <= now }.map(\.id)), "seed \(seed)")
            waiting.removeAll { $0.at <= now }
            #expect(heap.next?.milliseconds == waiting.map(\.at).min(), "seed \(seed)")
        }
        let alive = Set(waiting.map(\.id).filter { $0 % 2 == 0 })
        heap.prune { alive.contains($0) }
        #expect(
            heap.next.map { next in waiting.contains { $0.at == next.milliseconds && alive.contains($0.id) } }
                ?? alive.isEmpty)
    }
}
