import Millrace

// Steps that aggregate over sliding windows.

extension TopologyCompiler {
    func aggregated(
        _ windowed: SlidingWindowedKStream<String, String>, _ emission: EmissionPolicy?, _ step: Step
    ) throws -> WindowedTextTable {
        switch step.op {
        case "count":
            return windowed.count(try countMaterialized(step, emission)).mapValues { _, count in "\(count)" }
        case "reduce":
            let combiner = try Combiners.named(try step.string("fn"))
            return windowed.reduce(try textMaterialized(step, emission)) { aggregate, value in
                combiner(aggregate, value)
            }
        default:
            let initial = try step.nullableString("init")
            let aggregator = try Aggregators.named(try step.string("fn"))
            return windowed.nullableAggregate(
                initial: { initial }, try textMaterialized(step, emission)
            ) { key, value, aggregate in aggregator(key, value, aggregate) }
        }
    }
}
