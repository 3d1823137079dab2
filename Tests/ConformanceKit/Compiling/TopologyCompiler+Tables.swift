import Millrace

// Steps from table to table and from table to stream, and joins with tables.

extension TopologyCompiler {
    func addTable(_ step: Step) throws {
        let id = try step.id
        let name = try nodeName(of: step)
        switch (step.op, try source(of: step)) {
        case ("toStream", .table(let table)): try define(id, .stream(table.toStream(name: name)))
        case ("toStreamWindowed", .windowedTable(let table)):
            let stream = table.toStream(name: name) { key, _ in windowText(key) }
            try define(id, .stream(stream))
        case ("toStream", _), ("toStreamWindowed", _): throw wrongKind(step)
        case (_, .table(let table)): try define(id, .table(try changed(table, step)))
        case (_, .windowedTable(let table)): try define(id, .windowedTable(try changed(table, step)))
        default: throw wrongKind(step)
        }
    }

    private func changed(_ table: TextTable, _ step: Step) throws -> TextTable {
        let name = try nodeName(of: step)
        let materialized = try step.optionalString("store").map { self.materialized($0) }
        switch step.op {
        case "tableFilter":
            let predicate = try Predicates.named(try step.string("fn"))
            return table.filter(materialized, name: name) { key, value in predicate(key, value) }
        case "tableFilterNot":
            let predicate = try Predicates.named(try step.string("fn"))
            return table.filterNot(materialized, name: name) { key, value in predicate(key, value) }
        case "tableMapValues":
            let function = try StringFunctions.named(try step.string("fn"))
            return table.mapValues(materialized, name: name) { (key: String, value) in try function(key, value) }
        default: throw NotYetSupported(step.op)
        }
    }

    /// The functions get windowed keys in the form of `toStreamWindowed`.
    private func changed(_ table: WindowedTextTable, _ step: Step) throws -> WindowedTextTable {
        if step.has("store") { throw NotYetSupported("\(step.op) of a windowed table with store") }
        let name = try nodeName(of: step)
        switch step.op {
        case "tableFilter":
            let predicate = try Predicates.named(try step.string("fn"))
            return table.filter(name: name) { key, value in predicate(windowText(key), value) }
        case "tableFilterNot":
            let predicate = try Predicates.named(try step.string("fn"))
            return table.filterNot(name: name) { key, value in predicate(windowText(key), value) }
        case "tableMapValues":
            let function = try StringFunctions.named(try step.string("fn"))
            return table.mapValues(name: name) { (key: Windowed<String>, value) in try function(windowText(key), value)
            }
        default: throw NotYetSupported(step.op)
        }
    }

    func addJoin(_ step: Step) throws {
        let joiner = try Joiners.named(try step.string("fn"))
        let stream = try stream(of: step).nullable
        let table = try table(of: step, "with")
        let joined = Joined<String, String>(
            key: .string, value: .string, name: try nodeName(of: step),
            grace: try step.optionalInteger("graceMs").map { .milliseconds($0) })
        let result: TextStream =
            if try step.string("kind") == "left" {
                stream.leftJoin(table, joined) { key, left, right in joiner(key, left, right) }
            } else {
                stream.join(table, joined) { key, left, right in joiner(key, left, right) }
            }
        try define(try step.id, .stream(result))
    }
}
