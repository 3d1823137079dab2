/// The one list of what of the format is built: operators with the fields they understand. A scenario that uses
/// anything else is "not yet supported". Pure; consulted by `TopologyCompiler` before it builds.
enum SupportedOperators {
    /// Fields by operator, without `op`.
    static let fields: [String: Set<String>] = [
        // Sources
        "stream": ["id", "topic", "topics", "timestampExtractor", "valueSerde", "keySerde"],
        "table": ["id", "topic", "store", "timestampExtractor", "historyRetentionMs"],
        "globalTable": ["id", "topic", "store"],
        // Stream to stream
        "filter": ["id", "from", "fn"],
        "filterNot": ["id", "from", "fn"],
        "mapValues": ["id", "from", "fn"],
        "map": ["id", "from", "keyFn", "valueFn"],
        "selectKey": ["id", "from", "fn"],
        "flatMapValues": ["id", "from", "fn"],
        "flatMap": ["id", "from", "fn", "keyFn"],
        "merge": ["id", "from", "with"],
        "peek": ["id", "from"],
        "foreach": ["id", "from"],
        "split": ["id", "from", "branches", "default"],
        "repartition": ["id", "from", "name", "partitions"],
        "to": ["id", "from", "topic", "topicFn"],
        "toTable": ["id", "from", "store", "historyRetentionMs"],
        "process": ["id", "from", "processor", "store", "children", "retentionMs", "windowSizeMs"],
        "processValues": ["id", "from", "processor", "store"],
        // Grouping and aggregation
        "groupByKey": ["id", "from"],
        "groupBy": ["id", "from", "fn"],
        "groupTable": ["id", "from", "keyFn", "valueFn"],
        "windowedBy": [
            "id", "from", "kind", "sizeMs", "graceMs", "advanceMs", "startMs", "differenceMs", "gapMs", "emit",
        ],
        "cogroup": ["id", "inputs"],
        "count": ["id", "from", "store", "retentionMs"],
        "reduce": ["id", "from", "fn", "add", "sub", "store", "retentionMs"],
        "aggregate": ["id", "from", "init", "fn", "mergeFn", "add", "sub", "store", "retentionMs"],
        // Tables
        "tableFilter": ["id", "from", "fn", "store"],
        "tableFilterNot": ["id", "from", "fn", "store"],
        "tableMapValues": ["id", "from", "fn", "store"],
        "suppress": ["id", "from", "until", "waitMs", "maxRecords", "full"],
        "toStream": ["id", "from"],
        "toStreamWindowed": ["id", "from"],
        // Joins
        "streamJoin": ["id", "from", "with", "fn", "kind", "beforeMs", "afterMs", "graceMs"],
        "streamTableJoin": ["id", "from", "with", "fn", "kind", "graceMs"],
        "globalJoin": ["id", "from", "with", "fn", "kind", "keyFn"],
        "fkJoin": ["id", "from", "with", "fk", "fn", "kind", "store"],
        "tableJoin": ["id", "from", "with", "fn", "kind", "store"],
    ]

    /// Where a field chooses among kinds: those that are built.
    static let choices: [String: Set<String>] = [
        "stream.valueSerde": ["int32"],
        "stream.keySerde": ["int32"],
        "windowedBy.kind": ["tumbling", "hopping", "unlimited", "sliding", "session"],
        "windowedBy.emit": ["onWindowClose"],
        "suppress.until": ["windowCloses", "timeLimit"],
        "suppress.full": ["emitEarly", "shutDown"],
        "streamJoin.kind": ["inner", "left", "outer"],
        "streamTableJoin.kind": ["inner", "left"],
        "globalJoin.kind": ["inner", "left"],
        "fkJoin.kind": ["inner", "left"],
        "tableJoin.kind": ["inner", "left", "outer"],
    ]

    static let configuration: Set<String> = ["deserializationHandler", "processingHandler"]

    /// Throws for the first thing in the scenario that is not built.
    static func check(_ scenario: Scenario) throws {
        for step in scenario.steps { try check(step) }
        for (name, value) in scenario.configuration.sorted(by: { $0.key < $1.key }) {
            guard configuration.contains(name) else { throw NotYetSupported("config \(name)") }
            guard ["logAndContinue", "logAndFail"].contains("\(value)") else {
                throw NotYetSupported("config \(name) \(value)")
            }
        }
        for input in scenario.inputs {
            if case .unknown(let text) = input { throw NotYetSupported("input \(text)") }
        }
        for topic in scenario.topics where topic.partitions != 1 {
            throw NotYetSupported("\(topic.partitions) partitions")
        }
    }

    private static func check(_ step: Step) throws {
        guard let known = fields[step.op] else { throw NotYetSupported(step.op) }
        for (field, value) in step.fields.sorted(by: { $0.key < $1.key }) {
            if let built = choices["\(step.op).\(field)"], !built.contains("\(value)") {
                throw NotYetSupported("\(step.op) \(value)")
            }
        }
        for field in step.fields.keys.sorted() where !known.contains(field) {
            throw NotYetSupported("\(step.op) with \(field)")
        }
    }
}
