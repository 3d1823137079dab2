import Millrace
import MillraceCore
import MillraceStores

// The processor with a window store (FORMAT.md, "Processors").

extension ScenarioProcessors {
    static func windowCommands(
        _ context: ScenarioProcessorContext, store: WindowStore<String, String>
    ) -> RecordHandler {
        { record in
            guard let key = record.key, let value = record.value else { return }
            let (command, argument) = split(value, at: "=")
            func list(_ entries: [(key: String, start: Timestamp, value: String)]) throws {
                for entry in entries {
                    let text = "\(entry.start.millisecondsSinceEpoch)=\(entry.value)"
                    try context.forward(record.with(key: entry.key).with(value: text))
                }
            }
            func ofKey(reversed: Bool) throws {
                let (first, last) = times(argument)
                let found = try store.fetch(key, from: first, to: last, reversed: reversed)
                try list(found.map { (key, $0.windowStart, $0.value.value) })
            }
            switch command {
            case "put": try store.put(key, argument ?? "", windowStart: record.timestamp, at: record.timestamp)
            case "del": try store.put(key, nil, windowStart: record.timestamp, at: record.timestamp)
            case "fetchAt":
                let found = try store.get(key, windowStart: Timestamp(integerOrZero(argument)))
                try context.forward(record.with(value: text(found?.value)))
            case "fetch": try ofKey(reversed: false)
            case "backwardFetch": try ofKey(reversed: true)
            case "fetchAll":
                let (first, last) = times(argument)
                try list(try store.fetchAll(from: first, to: last).map { ($0.key, $0.windowStart, $0.value.value) })
            case "all": try list(try store.all().map { ($0.key, $0.windowStart, $0.value.value) })
            default: throw ScenarioFailure(value: value)
            }
        }
    }

    /// `a..b` in milliseconds; an end that is missing is open.
    private static func times(_ argument: String?) -> (Timestamp, Timestamp) {
        let (first, last) = bounds(argument)
        return (Timestamp(integer(first) ?? 0), Timestamp(integer(last) ?? .max))
    }
}
