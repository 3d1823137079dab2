import Millrace

// Global tables and the joins of streams with them.

extension TopologyCompiler {
    func addGlobalTable(_ step: Step) throws {
        let table = builder.globalTable(
            try step.string("topic"), Consumed(key: .string, value: .string),
            materialized: materialized(try step.optionalString("store")))
        try define(try step.id, .globalTable(table))
    }

    func addGlobalJoin(_ step: Step) throws {
        guard case .globalTable(let table) = try source(of: step, "with") else { throw wrongKind(step, "with") }
        let joiner = try Joiners.named(try step.string("fn"))
        let rowKey = try StringFunctions.named(try step.string("keyFn"))
        let stream = try stream(of: step).nullable
        let name = try nodeName(of: step)
        let result: TextStream =
            if try step.string("kind") == "left" {
                stream.leftJoin(table, name: name, key: { key, value in try rowKey(key, value) }) { key, left, right in
                    joiner(key, left, right)
                }
            } else {
                stream.join(table, name: name, key: { key, value in try rowKey(key, value) }) { key, left, right in
                    joiner(key, left, right)
                }
            }
        try define(try step.id, .stream(result))
    }
}
