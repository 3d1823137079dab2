internal import MillraceCore
internal import MillraceLog

/// Reads the configs of a topic into what they mean for its logs, and refuses what is none. Pure.
struct TopicConfigReader {
    let values: [String: String]

    func read() throws(BrokerError) -> LogConfiguration {
        var log = LogConfiguration()
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let definition = ConfigDefinition.topicByName[name] else {
                throw BrokerError(.invalidConfig, "unknown topic config '\(name)'")
            }
            try set(definition, String(value.trimmed), in: &log)
        }
        log.recompression = try recompression()
        guard log.minCompactionLagMilliseconds <= log.maxCompactionLagMilliseconds else {
            throw BrokerError(
                .invalidConfig,
                "min.compaction.lag.ms (\(log.minCompactionLagMilliseconds)) is larger than max.compaction.lag.ms "
                    + "(\(log.maxCompactionLagMilliseconds))")
        }
        return log
    }

    private func set(
        _ definition: ConfigDefinition, _ value: String, in log: inout LogConfiguration
    ) throws(BrokerError) {
        switch definition.kind {
        case .long, .int: try setNumber(definition, value, in: &log)
        case .boolean:
            guard let isSet = Bool(value.lowercased()) else { throw Self.invalid(definition.name, value) }
            if isSet && definition.name == "remote.storage.enable" {
                throw BrokerError(.invalidConfig, "remote.storage.enable: this broker has no tiered storage")
            }
        case .double:
            guard let ratio = Double(value), ratio >= 0, ratio <= 1 else { throw Self.invalid(definition.name, value) }
            log.minCleanableDirtyRatio = ratio
        case .string, .list: try setText(definition, value, in: &log)
        }
    }

    private func setText(
        _ definition: ConfigDefinition, _ value: String, in log: inout LogConfiguration
    ) throws(BrokerError) {
        switch definition.name {
        case "cleanup.policy": log.cleanupPolicy = try cleanupPolicy(value)
        case "message.timestamp.type":
            switch value {
            case "CreateTime": log.timestampType = .createTime
            case "LogAppendTime": log.timestampType = .logAppendTime
            default: throw Self.invalid(definition.name, value)
            }
        case "leader.replication.throttled.replicas", "follower.replication.throttled.replicas":
            let isList = TopicConfiguration.items(value).allSatisfy { item in
                let parts = item.split(separator: ":", omittingEmptySubsequences: false)
                return item == "*" || (parts.count == 2 && parts.allSatisfy { Int32($0) != nil })
            }
            guard isList else { throw Self.invalid(definition.name, value) }
        default: return  // compression.type is read with its level
        }
    }

    private func setNumber(
        _ definition: ConfigDefinition, _ value: String, in log: inout LogConfiguration
    ) throws(BrokerError) {
        let name = definition.name
        func number(_ smallest: Int64) throws(BrokerError) -> Int64 {
            let largest = definition.kind == .int ? Int64(Int32.max) : Int64.max
            guard let number = Int64(value), number >= smallest, number <= largest else {
                throw Self.invalid(name, value)
            }
            return number
        }
        switch name {
        case "retention.ms": log.retentionMilliseconds = Self.unlimited(try number(-1))
        case "retention.bytes": log.retentionBytes = Self.unlimited(try number(-1))
        case "segment.bytes": log.segmentBytes = Int(try number(1_024))
        case "segment.ms": log.segmentMilliseconds = try number(1)
        case "segment.jitter.ms": log.segmentJitterMilliseconds = try number(0)
        case "segment.index.bytes": log.segmentIndexBytes = Int(try number(4))
        case "max.message.bytes": log.maxMessageBytes = Int(try number(0))
        case "index.interval.bytes": log.indexIntervalBytes = Int(try number(0))
        case "flush.messages": log.flushMessages = try number(1)
        case "flush.ms": log.flushMilliseconds = try number(0)
        case "delete.retention.ms": log.deleteRetentionMilliseconds = try number(0)
        case "min.compaction.lag.ms": log.minCompactionLagMilliseconds = try number(0)
        case "max.compaction.lag.ms": log.maxCompactionLagMilliseconds = try number(1)
        case "message.timestamp.before.max.ms": log.timestampBeforeMaxMilliseconds = try number(0)
        case "message.timestamp.after.max.ms": log.timestampAfterMaxMilliseconds = try number(0)
        case "min.insync.replicas":
            // Kafka never waits for more replicas than there are: one here, whatever is wanted.
            _ = try number(1)
        case "file.delete.delay.ms": _ = try number(0)
        case "local.retention.ms", "local.retention.bytes": _ = try number(-2)
        case "compression.gzip.level": _ = try level(name, value, 1...9, or: -1)
        case "compression.lz4.level": _ = try level(name, value, 1...17, or: 9)
        case "compression.zstd.level": _ = try level(name, value, -131_072...22, or: 3)
        default: throw BrokerError(.invalidConfig, "unknown topic config '\(name)'")
        }
    }

    // MARK: Kinds

    private func cleanupPolicy(_ value: String) throws(BrokerError) -> LogConfiguration.CleanupPolicy {
        var policy: LogConfiguration.CleanupPolicy = []
        for item in TopicConfiguration.items(value) {
            switch item {
            case "delete": policy.insert(.delete)
            case "compact": policy.insert(.compact)
            default: throw Self.invalid("cleanup.policy", value)
            }
        }
        return policy
    }

    private func recompression() throws(BrokerError) -> LogConfiguration.Recompression? {
        let type = String((values["compression.type"] ?? "producer").trimmed)
        switch type {
        case "producer": return nil
        case "uncompressed": return LogConfiguration.Recompression(codec: .none)
        case "snappy": return LogConfiguration.Recompression(codec: .snappy)
        case "gzip":
            return .init(codec: .gzip, level: try level("compression.gzip.level", nil, 1...9, or: -1))
        case "lz4": return .init(codec: .lz4, level: try level("compression.lz4.level", nil, 1...17, or: 9))
        case "zstd":
            return .init(codec: .zstd, level: try level("compression.zstd.level", nil, -131_072...22, or: 3))
        default: throw Self.invalid("compression.type", type)
        }
    }

    /// Nil for the codec's default.
    private func level(
        _ name: String, _ given: String?, _ range: ClosedRange<Int32>, or standard: Int32
    ) throws(BrokerError) -> Int32? {
        guard let value = given ?? values[name] else { return nil }
        guard let level = Int32(String(value.trimmed)), level == standard || range.contains(level) else {
            throw Self.invalid(name, value)
        }
        return level == standard ? nil : level
    }

    /// -1 says: without limit.
    private static func unlimited(_ number: Int64) -> Int64? { number < 0 ? nil : number }

    private static func invalid(_ name: String, _ value: String) -> BrokerError {
        BrokerError(.invalidConfig, "'\(value)' is no value for the topic config '\(name)'")
    }
}

extension String {
    /// Without spaces at its ends, as Kafka reads values.
    fileprivate var trimmed: Substring {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}
