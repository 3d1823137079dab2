import Millrace
import MillraceCore

// Steps that group streams and tables and cut groups into windows.

extension TopologyCompiler {
    func addGrouping(_ step: Step) throws {
        let id = try step.id
        switch step.op {
        case "groupByKey":
            try define(id, .grouped(try stream(of: step).groupByKey(Grouped(key: .string, value: .string))))
        case "groupBy":
            let newKey = try StringFunctions.named(try step.string("fn"))
            let grouped = try stream(of: step).nullable.groupBy(Grouped(key: .string, value: .string)) { key, value in
                try newKey(key, value)
            }
            try define(id, .grouped(grouped))
        case "groupTable": try define(id, .groupedTable(try groupedTable(step)))
        case "windowedBy": try addWindows(step)
        default: throw NotYetSupported(step.op)
        }
    }

    /// The functions get the key of a windowed table in the form of `toStreamWindowed`.
    private func groupedTable(_ step: Step) throws -> KGroupedTable<String, String> {
        let newKey = try StringFunctions.named(try step.string("keyFn"))
        let newValue = try StringFunctions.named(try step.string("valueFn"))
        let grouped = Grouped<String, String>(key: .string, value: .string)
        switch try source(of: step) {
        case .table(let table):
            return table.groupBy(grouped) { key, value in (try newKey(key, value), try newValue(key, value)) }
        case .windowedTable(let table):
            return table.groupBy(grouped) { key, value in
                let key = windowText(key)
                return (try newKey(key, value), try newValue(key, value))
            }
        default: throw wrongKind(step)
        }
    }

    private func addWindows(_ step: Step) throws {
        guard case .grouped(let grouped) = try source(of: step) else { throw wrongKind(step) }
        let size = try step.integer("sizeMs")
        let grace = try step.integer("graceMs")
        let windows: TimeWindows
        switch try step.string("kind") {
        case "tumbling":
            windows = .tumbling(size: .milliseconds(size), grace: .milliseconds(grace))
        case "hopping":
            windows = .hopping(
                size: .milliseconds(size), advance: .milliseconds(try step.integer("advanceMs")),
                grace: .milliseconds(grace))
        default: throw NotYetSupported("windowedBy \(try step.string("kind"))")
        }
        try define(try step.id, .windowed(grouped.windowed(by: windows)))
    }
}
