import Millrace

// Steps that aggregate several streams into one table.

/// A cogroup in windows.
enum WindowedCogroup {
    case time(TimeWindowedCogroupedKStream<String, String>)
    case sessions(SessionWindowedCogroupedKStream<String, String>)
    case sliding(SlidingWindowedCogroupedKStream<String, String>)
}

extension TopologyCompiler {
    func addCogroup(_ step: Step) throws {
        var cogrouped: CogroupedKStream<String, String>?
        for input in try step.objects("inputs") {
            guard case .grouped(let grouped) = try source(of: input) else { throw wrongKind(input) }
            let aggregator = try Aggregators.named(try input.string("fn"))
            let nullable: @Sendable (String, String?, String?) -> String? = { key, value, aggregate in
                aggregator(key, value, aggregate)
            }
            cogrouped = cogrouped?.nullableCogroup(grouped, nullable) ?? grouped.nullableCogroup(nullable)
        }
        guard let cogrouped else { throw NotYetSupported("cogroup of nothing") }
        try define(try step.id, .cogrouped(cogrouped))
    }

    func isOfCogroup(_ step: Step) throws -> Bool {
        switch try source(of: step) {
        case .cogrouped, .windowedCogroup: true
        default: false
        }
    }

    /// `windowedBy` and `aggregate`.
    func addToCogroup(_ step: Step) throws {
        let id = try step.id
        switch (step.op, try source(of: step)) {
        case ("windowedBy", .cogrouped(let cogrouped)):
            try define(id, .windowedCogroup(try windowed(cogrouped, step)))
        case ("aggregate", .cogrouped(let cogrouped)):
            let initial = try step.nullableString("init")
            try define(id, .table(cogrouped.nullableAggregate(initial: { initial }, try cogroupStore(step))))
        case ("aggregate", .windowedCogroup(let windowed)):
            try define(id, .windowedTable(try aggregated(windowed, step)))
        default: throw wrongKind(step)
        }
    }

    private func windowed(_ cogrouped: CogroupedKStream<String, String>, _ step: Step) throws -> WindowedCogroup {
        if step.has("emit") { throw NotYetSupported("cogroup with emit") }
        if try step.string("kind") == "sliding" {
            let windows = SlidingWindows(
                difference: .milliseconds(try step.integer("differenceMs")),
                grace: .milliseconds(try step.integer("graceMs")))
            return .sliding(cogrouped.windowed(by: windows))
        }
        if try step.string("kind") == "session" {
            return .sessions(cogrouped.windowed(by: try sessionWindows(step)))
        }
        return .time(cogrouped.windowed(by: try timeWindows(step)))
    }

    private func aggregated(_ windowed: WindowedCogroup, _ step: Step) throws -> WindowedTextTable {
        let initial = try step.nullableString("init")
        switch windowed {
        case .sliding(let windowed):
            return windowed.nullableAggregate(initial: { initial }, try cogroupStore(step))
        case .sessions(let windowed):
            let merger = try Combiners.named(try step.string("mergeFn"))
            return windowed.nullableAggregate(
                initial: { initial }, try cogroupStore(step), merger: { _, left, right in merger(left, right) })
        case .time(let windowed):
            return windowed.nullableAggregate(initial: { initial }, try cogroupStore(step))
        }
    }

    private func cogroupStore(_ step: Step) throws -> Materialized<String, String> {
        let store = materialized(try step.optionalString("store"))
        guard let milliseconds = try step.optionalInteger("retentionMs") else { return store }
        return store.retained(for: .milliseconds(milliseconds))
    }
}
