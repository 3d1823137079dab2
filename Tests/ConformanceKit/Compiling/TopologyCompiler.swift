import Millrace
import MillraceCore

/// Turns the steps of a scenario into calls of the DSL, in order, so that children are called in the order of the
/// steps. No I/O; used by `ScenarioRunner`. Each family of operators has a file of its own.
final class TopologyCompiler {
    let builder = StreamsBuilder(naming: .kafkaStreams)
    let reports: ReportedRecords
    private var built: [String: BuiltStep] = [:]
    /// Ids that a `route` processor forwards to by name: these steps name their nodes.
    private let namedChildren: Set<String>
    /// Stores of processors that were added to the builder.
    var processorStores: Set<String> = []

    private init(_ scenario: Scenario, reports: ReportedRecords) {
        self.reports = reports
        namedChildren = Set(scenario.steps.flatMap { (try? $0.strings("children")) ?? [] })
    }

    /// - Throws: `NotYetSupported`, or what the builder refuses.
    static func compile(_ scenario: Scenario, reports: ReportedRecords) throws -> Topology {
        let compiler = TopologyCompiler(scenario, reports: reports)
        for step in scenario.steps { try compiler.add(step) }
        return try compiler.builder.build()
    }

    private func add(_ step: Step) throws {
        switch step.op {
        case "stream", "table": try addSource(step)
        case "filter", "filterNot", "mapValues", "map", "selectKey", "flatMapValues", "flatMap", "merge", "peek",
            "foreach", "split", "repartition", "toTable":
            try addStateless(step)
        case "to": try addSink(step)
        case "process", "processValues": try addProcessor(step)
        case "cogroup": try addCogroup(step)
        case "windowedBy" where try isOfCogroup(step): try addToCogroup(step)
        case "aggregate" where try isOfCogroup(step): try addToCogroup(step)
        case "groupByKey", "groupBy", "groupTable", "windowedBy": try addGrouping(step)
        case "count", "reduce", "aggregate": try addAggregation(step)
        case "tableFilter", "tableFilterNot", "tableMapValues", "toStream", "toStreamWindowed": try addTable(step)
        case "suppress": try addSuppress(step)
        case "streamJoin": try addStreamJoin(step)
        case "streamTableJoin": try addJoin(step)
        case "globalTable": try addGlobalTable(step)
        case "globalJoin": try addGlobalJoin(step)
        case "tableJoin": try addTableJoin(step)
        case "fkJoin": try addForeignKeyJoin(step)
        default: throw NotYetSupported(step.op)
        }
    }

    // MARK: Steps by id

    func define(_ id: String, _ step: BuiltStep) throws {
        guard built[id] == nil else { throw NotYetSupported("two steps called \(id)") }
        built[id] = step
    }

    /// The step that `field` names.
    func source(of step: Step, _ field: String = "from") throws -> BuiltStep {
        let id = try step.string(field)
        guard let found = built[id] else { throw NotYetSupported("\(step.op).\(field) names no step: \(id)") }
        return found
    }

    func stream(of step: Step, _ field: String = "from") throws -> TextStream {
        guard case .stream(let stream) = try source(of: step, field) else { throw wrongKind(step, field) }
        return stream
    }

    func table(of step: Step, _ field: String = "from") throws -> TextTable {
        guard case .table(let table) = try source(of: step, field) else { throw wrongKind(step, field) }
        return table
    }

    func wrongKind(_ step: Step, _ field: String = "from") -> NotYetSupported {
        NotYetSupported("\(step.op) of this kind of step")
    }

    /// The node's name where somebody forwards to it by name; else nil, and the builder numbers it.
    func nodeName(of step: Step) throws -> String? {
        guard let id = try step.optionalString("id"), namedChildren.contains(id) else { return nil }
        return id
    }
}

typealias TextStream = KStream<String, String>
typealias TextTable = KTable<String, String>
typealias WindowedTextTable = KTable<Windowed<String>, String>

/// What a step is, which follows from its operator.
enum BuiltStep {
    case stream(TextStream)
    case table(TextTable)
    case globalTable(GlobalKTable<String, String>)
    case windowedTable(WindowedTextTable)
    case grouped(KGroupedStream<String, String>)
    case groupedTable(KGroupedTable<String, String>)
    case windowed(TimeWindowedKStream<String, String>, EmissionPolicy?)
    case cogrouped(CogroupedKStream<String, String>)
    case windowedCogroup(WindowedCogroup)
    case sliding(SlidingWindowedKStream<String, String>, EmissionPolicy?)
    case sessions(SessionWindowedKStream<String, String>, EmissionPolicy?)
}

/// `key@start/end`, as `toStreamWindowed` writes windowed keys.
func windowText(_ key: Windowed<String>) -> String {
    "\(key.key)@\(key.window.start.millisecondsSinceEpoch)/\(key.window.end.millisecondsSinceEpoch)"
}
