import Millrace
import MillraceCore

// Steps that aggregate groups. A count is followed by a `mapValues` to its decimal text that is not materialized.

extension TopologyCompiler {
    func addAggregation(_ step: Step) throws {
        let id = try step.id
        switch try source(of: step) {
        case .grouped(let grouped):
            if step.has("retentionMs") { throw NotYetSupported("\(step.op) with retentionMs, without windows") }
            try define(id, .table(try aggregated(grouped, step)))
        case .groupedTable(let grouped): try define(id, .table(try aggregated(grouped, step)))
        case .sliding(let windowed, let emission):
            try define(id, .windowedTable(try aggregated(windowed, emission, step)))
        case .windowed(let windowed, let emission):
            try define(id, .windowedTable(try aggregated(windowed, emission, step)))
        case .sessions(let sessions, let emission):
            try define(id, .windowedTable(try aggregated(sessions, emission, step)))
        default: throw wrongKind(step)
        }
    }

    private func aggregated(_ grouped: KGroupedStream<String, String>, _ step: Step) throws -> TextTable {
        switch step.op {
        case "count": return grouped.count(try countMaterialized(step)).mapValues { _, count in "\(count)" }
        case "reduce":
            let combiner = try Combiners.named(try step.string("fn"))
            return grouped.reduce(try textMaterialized(step)) { aggregate, value in combiner(aggregate, value) }
        default:
            let initial = try step.nullableString("init")
            let aggregator = try Aggregators.named(try step.string("fn"))
            return grouped.nullableAggregate(initial: { initial }, try textMaterialized(step)) {
                key, value, aggregate in
                aggregator(key, value, aggregate)
            }
        }
    }

    private func aggregated(_ grouped: KGroupedTable<String, String>, _ step: Step) throws -> TextTable {
        switch step.op {
        case "count": return grouped.count(try countMaterialized(step)).mapValues { _, count in "\(count)" }
        case "reduce":
            let adder = try Combiners.named(try step.string("add"))
            let subtractor = try Combiners.named(try step.string("sub"))
            return grouped.reduce(
                try textMaterialized(step), adder: { aggregate, value in adder(aggregate, value) },
                subtractor: { aggregate, value in subtractor(aggregate, value) })
        default:
            let initial = try step.nullableString("init")
            let adder = try Aggregators.named(try step.string("add"))
            let subtractor = try Aggregators.named(try step.string("sub"))
            return grouped.nullableAggregate(
                initial: { initial }, try textMaterialized(step),
                adder: { key, value, aggregate in adder(key, value, aggregate) },
                subtractor: { key, value, aggregate in subtractor(key, value, aggregate) })
        }
    }

    private func aggregated(
        _ windowed: TimeWindowedKStream<String, String>, _ emission: EmissionPolicy?, _ step: Step
    ) throws -> WindowedTextTable {
        switch step.op {
        case "count":
            return windowed.count(try countMaterialized(step, emission)).mapValues { _, count in "\(count)" }
        case "reduce":
            let combiner = try Combiners.named(try step.string("fn"))
            return windowed.nullableReduce(try textMaterialized(step, emission)) { aggregate, value in
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

    func textMaterialized(
        _ step: Step, _ emission: EmissionPolicy? = nil
    ) throws -> Materialized<String, String> {
        try retained(materialized(try step.optionalString("store")), step, emission)
    }

    func countMaterialized(
        _ step: Step, _ emission: EmissionPolicy? = nil
    ) throws -> Materialized<String, Int64> {
        let store = try step.optionalString("store")
        return try retained(Materialized(as: store, key: .string, value: .int64), step, emission)
    }

    private func retained<Value>(
        _ materialized: Materialized<String, Value>, _ step: Step, _ emission: EmissionPolicy?
    ) throws -> Materialized<String, Value> {
        let materialized = emission.map { materialized.emitting($0) } ?? materialized
        guard let milliseconds = try step.optionalInteger("retentionMs") else { return materialized }
        return materialized.retained(for: .milliseconds(milliseconds))
    }
}
