import Millrace
import MillraceCore

// Processors with schedules (FORMAT.md, "Processors").

extension ScenarioProcessors {
    static func scheduled(_ function: FunctionName) throws -> ProcessorFactory? {
        switch function.name {
        case "snapshot":
            let interval = try ScheduleInterval(function)
            return { context in try snapshot(context, interval, store: try context.store()) }
        case "tick":
            let interval = try ScheduleInterval(function)
            return { context in try tick(context, interval) }
        case "cancelAfterFirst":
            let interval = try ScheduleInterval(function)
            return { context in try cancelAfterFirst(context, interval) }
        case "oneShotPerRecord":
            let interval = try ScheduleInterval(function)
            return { context in { record in try oneShot(context, interval, record) } }
        case "flushBuffer":
            let interval = try ScheduleInterval(function)
            return { context in try flushBuffer(context, interval) }
        default: return nil
        }
    }

    private static func snapshot(
        _ context: ScenarioProcessorContext, _ interval: ScheduleInterval, store: TextStore
    ) throws -> RecordHandler {
        _ = try context.schedule(interval) { time in
            for (key, value) in try store.entries() {
                try context.forward(TextRecord(key: key, value: value, timestamp: time))
            }
        }
        return { record in
            guard let key = record.key else { return }
            try store.put(key, record.value)
        }
    }

    private static func tick(
        _ context: ScenarioProcessorContext, _ interval: ScheduleInterval
    ) throws -> RecordHandler {
        var firings = 0
        _ = try context.schedule(interval) { time in
            firings += 1
            try context.forward(TextRecord(key: "tick", value: "\(firings)", timestamp: time))
        }
        return { record in try context.forward(record) }
    }

    private static func cancelAfterFirst(
        _ context: ScenarioProcessorContext, _ interval: ScheduleInterval
    ) throws -> RecordHandler {
        var seen = 0
        var schedule: Punctuation?
        schedule = try context.schedule(interval) { time in
            try context.forward(TextRecord(key: "tick", value: "\(seen)", timestamp: time))
            schedule?.cancel()
        }
        return { _ in seen += 1 }
    }

    private static func oneShot(
        _ context: ScenarioProcessorContext, _ interval: ScheduleInterval, _ record: TextRecord
    ) throws {
        var schedule: Punctuation?
        schedule = try context.schedule(interval) { time in
            try context.forward(record.at(time))
            schedule?.cancel()
        }
    }

    private static func flushBuffer(
        _ context: ScenarioProcessorContext, _ interval: ScheduleInterval
    ) throws -> RecordHandler {
        var kept: [TextRecord] = []
        _ = try context.schedule(interval) { _ in
            let records = kept
            kept = []
            for record in records { try context.forward(record) }
        }
        return { record in kept.append(record) }
    }
}

/// `stream:N` or `wall:N` in a processor's name.
struct ScheduleInterval: Sendable {
    let type: PunctuationType
    let milliseconds: Int64

    init(_ function: FunctionName) throws {
        let parts = FunctionName(try function.text())
        switch parts.name {
        case "stream": type = .streamTime
        case "wall": type = .wallClockTime
        default: throw NotYetSupported("schedule \(parts.name)")
        }
        milliseconds = try parts.number()
        guard milliseconds > 0 else { throw NotYetSupported("schedule of \(milliseconds) ms") }
    }
}
