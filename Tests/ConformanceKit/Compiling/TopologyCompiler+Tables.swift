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
        // The functions get windowed keys in the form of `toStreamWindowed`.
        case (_, .table(let table)): try define(id, .table(try changed(table, step) { $0 }))
        case (_, .windowedTable(let table)): try define(id, .windowedTable(try changed(table, step, windowText)))
        default: throw wrongKind(step)
        }
    }

    /// Rows computed from rows; `text` writes keys for the functions.
    private func changed<Key>(
        _ table: KTable<Key, String>, _ step: Step, _ text: @escaping @Sendable (Key) -> String
    ) throws -> KTable<Key, String> {
        let name = try nodeName(of: step)
        // The key's serde is the table's.
        let materialized = try step.optionalString("store").map { Materialized<Key, String>(as: $0, value: .string) }
        switch step.op {
        case "tableFilter":
            let predicate = try Predicates.named(try step.string("fn"))
            return table.filter(materialized, name: name) { key, value in predicate(text(key), value) }
        case "tableFilterNot":
            let predicate = try Predicates.named(try step.string("fn"))
            return table.filterNot(materialized, name: name) { key, value in predicate(text(key), value) }
        case "tableMapValues":
            let function = try StringFunctions.named(try step.string("fn"))
            return table.mapValues(materialized, name: name) { (key: Key, value) in try function(text(key), value) }
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
