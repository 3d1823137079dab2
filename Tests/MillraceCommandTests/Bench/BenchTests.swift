import Testing

@testable import MillraceCommand

@Suite("Numbers of benchmarks")
struct BenchTests {
    @Test("quantiles are within two percent of the true ones", arguments: 1..<6 as Range<UInt64>)
    func quantiles(seed: UInt64) {
        var histogram = LatencyHistogram()
        var values: [UInt64] = []
        var state = seed
        for _ in 0..<10_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = (state >> 33) >> (state % 30)
            values.append(value)
            histogram.record(nanoseconds: value)
        }
        values.sort()
        for (_, quantile) in LatencyHistogram.quantiles {
            let exact = values[Int((Double(values.count) * quantile).rounded(.up)) - 1]
            let found = histogram.nanoseconds(atQuantile: quantile)
            #expect(found >= exact, "seed \(seed)")
            #expect(Double(found) <= Double(exact) * 1.02 + 1, "seed \(seed)")
        }
        #expect(histogram.nanoseconds(atQuantile: 1) == values.last)
    }

    @Test("an empty histogram says nothing; the largest numbers fit")
    func edges() {
        var histogram = LatencyHistogram()
        #expect(histogram.nanoseconds(atQuantile: 0.5) == 0)
        #expect(histogram.json == .null)
        histogram.record(nanoseconds: .max)
        histogram.record(nanoseconds: 0)
        #expect(histogram.nanoseconds(atQuantile: 0.5) == 0)
        #expect(histogram.nanoseconds(atQuantile: 1) == .max)
    }

    @Test("the processor time of a process is read from its line, whatever its name")
    func stat() {
        let line = "42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 5 0 100 1 1"
        #expect(ProcessCPU.seconds(stat: line, ticksPerSecond: 100) == 2)
        #expect(ProcessCPU.seconds(stat: "", ticksPerSecond: 100) == nil)
        #expect(ProcessCPU.of(1) != nil)
        #expect(ProcessCPU.of(.max) == nil)
        #expect(ProcessCPU.ofThisProcess() > 0)
    }

    @Test("a result tells rates")
    func result() {
        let result = BenchResult(records: 1_000, byteCount: 100_000, seconds: 0.5, clientCPU: 0.25, brokerCPU: nil)
        #expect(
            result.report.text == "1000 records in 0.5 s: 2000 records/s, 0.2 MB/s\nCPU per record: client 250 µs\n")
        #expect(result.report.exitCode == .success)
    }
}
