import Millrace

// Steps that aggregate sessions.

extension TopologyCompiler {
    func sessionWindows(_ step: Step) throws -> SessionWindows {
        .session(gap: .milliseconds(try step.integer("gapMs")), grace: .milliseconds(try step.integer("graceMs")))
    }

    func aggregated(
        _ sessions: SessionWindowedKStream<String, String>, _ emission: EmissionPolicy?, _ step: Step
    ) throws -> WindowedTextTable {
        switch step.op {
        case "count":
            return sessions.count(try countMaterialized(step, emission)).mapValues { _, count in "\(count)" }
        case "reduce":
            let combiner = try Combiners.named(try step.string("fn"))
            return sessions.nullableReduce(try textMaterialized(step, emission)) { aggregate, value in
                combiner(aggregate, value)
            }
        default:
            let initial = try step.nullableString("init")
            let aggregator = try Aggregators.named(try step.string("fn"))
            let merger = try Combiners.named(try step.string("mergeFn"))
            return sessions.nullableAggregate(
                initial: { initial }, try textMaterialized(step, emission),
                merger: { _, left, right in merger(left, right) },
                { key, value, aggregate in aggregator(key, value, aggregate) })
        }
    }
}
