import Millrace

// Joins of tables with tables. Their joiners get no key.

extension TopologyCompiler {
    func addTableJoin(_ step: Step) throws {
        switch (try source(of: step), try source(of: step, "with")) {
        case (.table(let left), .table(let right)): try define(try step.id, .table(try joined(left, right, step)))
        case (.windowedTable(let left), .windowedTable(let right)):
            try define(try step.id, .windowedTable(try joined(left, right, step)))
        default: throw wrongKind(step, "with")
        }
    }

    /// Keys are texts or texts in windows.
    private func joined<Key>(
        _ left: KTable<Key, String>, _ right: KTable<Key, String>, _ step: Step
    ) throws -> KTable<Key, String> {
        let joiner = try Joiners.named(try step.string("fn"))
        let name = try nodeName(of: step)
        // The key's serde is the left table's.
        let materialized = try step.optionalString("store").map { Materialized<Key, String>(as: $0, value: .string) }
        switch try step.string("kind") {
        case "inner": return left.join(right, materialized, name: name) { joiner(nil, $0, $1) }
        case "left": return left.leftJoin(right, materialized, name: name) { joiner(nil, $0, $1) }
        case "outer": return left.outerJoin(right, materialized, name: name) { joiner(nil, $0, $1) }
        default: throw NotYetSupported("tableJoin \(try step.string("kind"))")
        }
    }

    func addForeignKeyJoin(_ step: Step) throws {
        let joiner = try Joiners.named(try step.string("fn"))
        let function = try StringFunctions.named(try step.string("fk"))
        let foreignKey: @Sendable (String, String) throws -> String? = { _, value in try function(nil, value) }
        // Kafka Streams has default serdes; here a table of computed rows says how they are written.
        let left = try table(of: step).serialized(value: .string)
        let right = try table(of: step, "with").serialized(value: .string)
        let materialized = self.materialized(try step.optionalString("store"))
        let joined: TextTable =
            if try step.string("kind") == "left" {
                left.leftJoin(right, foreignKey: foreignKey, materialized) { joiner(nil, $0, $1) }
            } else {
                left.join(right, foreignKey: foreignKey, materialized) { joiner(nil, $0, $1) }
            }
        try define(try step.id, .table(joined))
    }
}
