import Millrace

// Steps that suppress tables.

extension TopologyCompiler {
    func addSuppress(_ step: Step) throws {
        let id = try step.id
        let name = try nodeName(of: step)
        switch try source(of: step) {
        case .table(let table):
            guard try step.string("until") == "timeLimit" else {
                // In Swift this does not compile.
                throw TopologyError.invalidArgument(node: id, message: "final results of a table without windows")
            }
            try define(id, .table(table.suppress(try timeLimit(step), Materialized(value: .string), name: name)))
        case .windowedTable(let table):
            let suppressed: Suppressed<Windowed<String>> =
                try step.string("until") == "timeLimit"
                ? try timeLimit(step) : .untilWindowCloses(try bounds(step, default: "shutDown"))
            try define(id, .windowedTable(table.suppress(suppressed, Materialized(value: .string), name: name)))
        default: throw wrongKind(step)
        }
    }

    private func timeLimit<Key>(_ step: Step) throws -> Suppressed<Key> {
        .untilTimeLimit(.milliseconds(try step.integer("waitMs")), try bounds(step, default: "emitEarly"))
    }

    private func bounds(_ step: Step, default whenFull: String) throws -> BufferBounds {
        guard let records = try step.optionalInteger("maxRecords") else { return .unbounded }
        let bounds = BufferBounds.maxRecords(Int(records))
        switch try step.optionalString("full") ?? whenFull {
        case "emitEarly": return bounds.emitEarlyWhenFull
        case "shutDown": return bounds.shutDownWhenFull
        default: throw NotYetSupported("suppress with full \(try step.string("full"))")
        }
    }
}
