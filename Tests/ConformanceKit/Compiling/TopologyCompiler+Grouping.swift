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
        let emission: EmissionPolicy? = step.has("emit") ? .onWindowClose : nil
        guard case .grouped(let grouped) = try source(of: step) else { throw wrongKind(step) }
        if try step.string("kind") == "sliding" {
            let windows = SlidingWindows(
                difference: .milliseconds(try step.integer("differenceMs")),
                grace: .milliseconds(try step.integer("graceMs")))
            try define(try step.id, .sliding(grouped.windowed(by: windows), emission))
            return
        }
        if try step.string("kind") == "session" {
            return try define(try step.id, .sessions(grouped.windowed(by: try sessionWindows(step)), emission))
        }
        try define(try step.id, .windowed(grouped.windowed(by: try timeWindows(step)), emission))
    }

    func timeWindows(_ step: Step) throws -> TimeWindows {
        func milliseconds(_ field: String) throws -> Duration { .milliseconds(try step.integer(field)) }
        switch try step.string("kind") {
        case "tumbling": return .tumbling(size: try milliseconds("sizeMs"), grace: try milliseconds("graceMs"))
        case "hopping":
            return .hopping(
                size: try milliseconds("sizeMs"), advance: try milliseconds("advanceMs"),
                grace: try milliseconds("graceMs"))
        case "unlimited": return .unlimited(from: Timestamp(try step.integer("startMs")))
        default: throw NotYetSupported("windowedBy \(try step.string("kind"))")
        }
    }
}
