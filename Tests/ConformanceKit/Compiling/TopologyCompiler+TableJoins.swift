import Millrace

// Joins of tables with tables. Their joiners get no key.

extension TopologyCompiler {
    func addTableJoin(_ step: Step) throws {
        let joiner = try Joiners.named(try step.string("fn"))
        let left = try table(of: step)
        let right = try table(of: step, "with")
        let name = try nodeName(of: step)
        let materialized = try step.optionalString("store").map { self.materialized($0) }
        let joined: TextTable =
            switch try step.string("kind") {
            case "inner": left.join(right, materialized, name: name) { joiner(nil, $0, $1) }
            case "left": left.leftJoin(right, materialized, name: name) { joiner(nil, $0, $1) }
            case "outer": left.outerJoin(right, materialized, name: name) { joiner(nil, $0, $1) }
            default: throw NotYetSupported("tableJoin \(try step.string("kind"))")
            }
        try define(try step.id, .table(joined))
    }

    func addForeignKeyJoin(_ step: Step) throws {
        let joiner = try Joiners.named(try step.string("fn"))
        let function = try StringFunctions.named(try step.string("fk"))
        let foreignKey: @Sendable (String, String) throws -> String? = { _, value in try function(nil, value) }
        let left = try table(of: step)
        let right = try table(of: step, "with")
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
