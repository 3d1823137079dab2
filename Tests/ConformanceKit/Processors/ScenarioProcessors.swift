import Millrace
import MillraceCore

typealias TextRecord = Record<String, String>

/// What a processor does with each record, with its state captured.
typealias RecordHandler = (TextRecord) throws -> Void

/// Makes a processor in a task: schedules and state now, records later.
typealias ProcessorFactory = @Sendable (ScenarioProcessorContext) throws -> RecordHandler

/// The processors of FORMAT.md by name, for `process` and `processValues` steps.
enum ScenarioProcessors {
    /// For `process`.
    /// - Parameter children: of `route`, the two step ids.
    static func named(_ text: String, children: [String]) throws -> ProcessorFactory {
        let function = FunctionName(text)
        if let found = try scheduled(function) ?? stateful(function) ?? headers(function) ?? stateless(function) {
            return found
        }
        if function.name == "route" { return try route(children) }
        throw function.unknown("processor")
    }

    /// For `processValues`.
    static func valuesNamed(_ text: String) throws -> ProcessorFactory {
        let function = FunctionName(text)
        switch function.name {
        case "valueAtTimestamp":
            return { context in
                { record in
                    let time = record.timestamp.millisecondsSinceEpoch
                    try context.forward(record.with(value: ConformanceKit.text(record.value) + "@\(time)"))
                }
            }
        case "previousValue": return { context in previousValue(context, store: try context.store()) }
        case "shiftTimestamp": return try shiftTimestamp(function)
        case "twice":
            return { context in
                { record in
                    try context.forward(record)
                    try context.forward(record)
                }
            }
        default: throw function.unknown("value processor")
        }
    }

    /// Names of processors that use the step's key-value store.
    static let usingStore: Set<String> = ["dedupe", "snapshot", "countInStore", "kvOps", "previousValue"]

    private static func stateless(_ function: FunctionName) throws -> ProcessorFactory? {
        switch function.name {
        case "shiftTimestamp": return try shiftTimestamp(function)
        case "streamTime":
            return { context in
                { record in
                    try context.forward(record.with(value: stamped(record.value, context.streamTime)))
                }
            }
        case "wallTime":
            return { context in
                { record in
                    try context.forward(record.with(value: stamped(record.value, context.wallClockTime)))
                }
            }
        case "metadata":
            return { context in { record in try context.forward(record.with(value: context.origin)) } }
        case "twice":
            return { context in
                { record in
                    try context.forward(record)
                    try context.forward(record.at(record.timestamp.advanced(byMilliseconds: 1)))
                }
            }
        case "swallow": return { _ in { _ in } }
        default: return nil
        }
    }

    private static func shiftTimestamp(_ function: FunctionName) throws -> ProcessorFactory {
        let milliseconds = try function.number()
        return { context in
            { record in try context.forward(record.at(record.timestamp.advanced(byMilliseconds: milliseconds))) }
        }
    }

    private static func stamped(_ value: String?, _ time: Timestamp?) -> String {
        ConformanceKit.text(value) + "@\(time?.millisecondsSinceEpoch ?? -1)"
    }

    private static func route(_ children: [String]) throws -> ProcessorFactory {
        guard children.count == 2 else { throw NotYetSupported("route to \(children.count) children") }
        let (first, second) = (children[0], children[1])
        return { context in
            { record in
                if record.value?.hasPrefix("a") ?? false {
                    try context.forward(record, to: first)
                } else if record.value?.hasPrefix("b") ?? false {
                    try context.forward(record, to: second)
                } else {
                    try context.forward(record)
                }
            }
        }
    }
}

extension Record {
    /// The same record at another time.
    func at(_ timestamp: Timestamp) -> Self {
        var record = self
        record.timestamp = timestamp
        return record
    }
}
