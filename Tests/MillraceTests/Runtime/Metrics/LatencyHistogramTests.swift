import MillraceSimulation
import Testing

@testable import Millrace

@Suite("The latency histogram")
struct LatencyHistogramTests {
    @Test("knows each share to within a fifth", arguments: 0..<20 as Range<UInt64>)
    func shares(seed: UInt64) {
        let dice = SeededEntropy(seed: seed)
        var histogram = LatencyHistogram()
        var values: [UInt64] = []
        for _ in 0..<1_000 {
            let value = dice.next() >> (dice.next() % 50 + 10)
            values.append(value)
            histogram.record(nanoseconds: value)
        }
        values.sort()
        for share in [0.5, 0.9, 0.99, 1] {
            let exact = Double(values[Int((1_000 * share).rounded(.up)) - 1])
            let found = Double(histogram.nanoseconds(atShare: share))
            #expect(found >= exact && found <= exact * 1.26 + 1, "seed \(seed), share \(share): \(found) for \(exact)")
        }
        #expect(histogram.maximumNanoseconds == values.last)
    }

    @Test("is empty at first, and sums up")
    func merge() {
        var histogram = LatencyHistogram()
        #expect(histogram.nanoseconds(atShare: 0.5) == 0)
        var other = LatencyHistogram()
        other.record(nanoseconds: 10)
        other.record(nanoseconds: 30)
        histogram.merge(other)
        #expect(histogram.count == 2)
        #expect(histogram.meanNanoseconds == 20)
    }
}
