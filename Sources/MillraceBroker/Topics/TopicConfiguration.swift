internal import MillraceCore
internal import MillraceLog

/// A topic's configs under Kafka's names, checked, and what they mean for its logs. Unknown names are refused: a
/// setting that does nothing is worse than an error. Pure.
public struct TopicConfiguration: Hashable, Sendable {
    /// What was set, as it was written.
    public private(set) var values: [String: String]
    private(set) var log: LogConfiguration

    /// The configs that a topic can have; others are refused.
    public static let names: Set<String> = [
        "cleanup.policy", "retention.ms", "retention.bytes", "segment.bytes", "segment.ms", "max.message.bytes",
        "index.interval.bytes", "message.timestamp.type", "compression.type", "min.insync.replicas",
        "min.compaction.lag.ms", "max.compaction.lag.ms", "delete.retention.ms", "min.cleanable.dirty.ratio",
    ]

    /// Checks names and values.
    ///
    /// - Throws: `BrokerError` with `invalidConfig`, which names the config.
    public init(_ values: [String: String]) throws(BrokerError) {
        var log = LogConfiguration()
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            guard Self.names.contains(name) else {
                throw BrokerError(.invalidConfig, "unknown topic config '\(name)'")
            }
            try Self.set(name, value, in: &log)
        }
        self.values = values
        self.log = log
    }

    private static func set(_ name: String, _ value: String, in log: inout LogConfiguration) throws(BrokerError) {
        switch name {
        case "cleanup.policy": log.cleanupPolicy = try cleanupPolicy(value)
        case "retention.ms": log.retentionMilliseconds = unlimited(try number(name, value, -1...Int64.max))
        case "retention.bytes": log.retentionBytes = unlimited(try number(name, value, -1...Int64.max))
        case "segment.bytes": log.segmentBytes = Int(try number(name, value, 1_024...Int64(Int32.max)))
        case "segment.ms": log.segmentMilliseconds = try number(name, value, 1...Int64.max)
        case "max.message.bytes": log.maxMessageBytes = Int(try number(name, value, 0...Int64(Int32.max)))
        case "index.interval.bytes": log.indexIntervalBytes = Int(try number(name, value, 0...Int64(Int32.max)))
        case "message.timestamp.type":
            switch value {
            case "CreateTime": log.timestampType = .createTime
            case "LogAppendTime": log.timestampType = .logAppendTime
            default: throw invalid(name, value)
            }
        case "compression.type": guard value == "producer" else { throw invalid(name, value) }
        case "min.insync.replicas": _ = try number(name, value, 1...1)
        case "min.cleanable.dirty.ratio":
            guard let ratio = Double(value), ratio >= 0, ratio <= 1 else { throw invalid(name, value) }
            log.minCleanableDirtyRatio = ratio
        case "delete.retention.ms": log.deleteRetentionMilliseconds = try number(name, value, 0...Int64.max)
        case "min.compaction.lag.ms": log.minCompactionLagMilliseconds = try number(name, value, 0...Int64.max)
        case "max.compaction.lag.ms": log.maxCompactionLagMilliseconds = try number(name, value, 1...Int64.max)
        default: throw BrokerError(.invalidConfig, "unknown topic config '\(name)'")
        }
    }

    private static func cleanupPolicy(_ value: String) throws(BrokerError) -> LogConfiguration.CleanupPolicy {
        var policy: LogConfiguration.CleanupPolicy = []
        for part in value.split(separator: ",") {
            switch String(part.filter { $0 != " " }) {
            case "delete": policy.insert(.delete)
            case "compact": policy.insert(.compact)
            default: throw invalid("cleanup.policy", value)
            }
        }
        return policy
    }

    private static func number(
        _ name: String, _ value: String, _ range: ClosedRange<Int64>
    ) throws(BrokerError) -> Int64 {
        guard let number = Int64(value), range.contains(number) else { throw invalid(name, value) }
        return number
    }

    /// -1 says: without limit.
    private static func unlimited(_ number: Int64) -> Int64? { number < 0 ? nil : number }

    private static func invalid(_ name: String, _ value: String) -> BrokerError {
        BrokerError(.invalidConfig, "'\(value)' is no value for the topic config '\(name)'")
    }
}
