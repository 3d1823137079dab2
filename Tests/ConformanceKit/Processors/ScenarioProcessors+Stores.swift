import Millrace
import MillraceCore

// Processors with a key-value store (FORMAT.md, "Processors").

extension ScenarioProcessors {
    static func stateful(_ function: FunctionName) throws -> ProcessorFactory? {
        switch function.name {
        case "dedupe":
            let milliseconds = try function.number()
            return { context in dedupe(context, milliseconds, store: try context.store()) }
        case "countInStore": return { context in countInStore(context, store: try context.store()) }
        case "kvOps": return { context in keyValueCommands(context, store: try context.store()) }
        case "windowOps": return { context in windowCommands(context, store: try context.windowStore()) }
        default: return nil
        }
    }

    private static func dedupe(
        _ context: ScenarioProcessorContext, _ milliseconds: Int64, store: TextStore
    ) -> RecordHandler {
        { record in
            guard let key = record.key else { return }
            let time = record.timestamp.millisecondsSinceEpoch
            if let last = try store.get(key).flatMap({ Int64($0) }), time - last < milliseconds { return }
            try store.put(key, "\(time)")
            try context.forward(record)
        }
    }

    private static func countInStore(_ context: ScenarioProcessorContext, store: TextStore) -> RecordHandler {
        { record in
            guard let key = record.key else { return }
            let count = integerOrZero(try store.get(key)) + 1
            try store.put(key, "\(count)")
            try context.forward(record.with(value: "\(count)"))
        }
    }

    static func previousValue(_ context: ScenarioProcessorContext, store: TextStore) -> RecordHandler {
        { record in
            guard let key = record.key else { return }
            let previous = try store.get(key)
            try context.forward(
                record.with(value: ConformanceKit.text(previous) + ">" + ConformanceKit.text(record.value)))
            try store.put(key, record.value)
        }
    }

    private static func keyValueCommands(_ context: ScenarioProcessorContext, store: TextStore) -> RecordHandler {
        { record in
            guard let key = record.key, let value = record.value else { return }
            let (command, argument) = split(value, at: "=")
            func answer(_ value: String?) throws {
                try context.forward(record.with(value: ConformanceKit.text(value)))
            }
            func list(_ entries: [(key: String, value: String)]) throws {
                for entry in entries { try context.forward(record.with(key: entry.key).with(value: entry.value)) }
            }
            switch command {
            case "put": try store.put(key, argument)
            case "putIfAbsent":
                let present = try store.get(key)
                if present == nil { try store.put(key, argument) }
                try answer(present)
            case "del":
                let present = try store.get(key)
                try store.put(key, nil)
                try answer(present)
            case "get": try answer(try store.get(key))
            case "all": try list(try store.entries())
            case "reverseAll": try list(try store.entries(reversed: true))
            case "range":
                let (low, high) = bounds(argument)
                try list(try store.entries(from: low, through: high))
            case "reverseRange":
                let (low, high) = bounds(argument)
                try list(try store.entries(from: low, through: high, reversed: true))
            case "prefix": try list(try store.entries(prefix: argument ?? ""))
            default: throw ScenarioFailure(value: value)
            }
        }
    }

    /// What stands before and after the first `mark`; nil where there is none.
    static func split(_ text: String, at mark: Character) -> (String, String?) {
        guard let position = text.firstIndex(of: mark) else { return (text, nil) }
        return (String(text[..<position]), String(text[text.index(after: position)...]))
    }

    /// `lo..hi`; an end that is missing is nil.
    static func bounds(_ text: String?) -> (String?, String?) {
        guard let text, let dots = text.firstRange(of: "..") else { return (text, nil) }
        let low = String(text[..<dots.lowerBound])
        let high = String(text[dots.upperBound...])
        return (low.isEmpty ? nil : low, high.isEmpty ? nil : high)
    }
}
