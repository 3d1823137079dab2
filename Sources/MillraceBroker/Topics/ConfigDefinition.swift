/// A config that topics or the broker have: what kind of value, and which one where none is set. Pure.
package struct ConfigDefinition: Hashable, Sendable {
    /// What a value is; the numbers are those of DescribeConfigs.
    package enum Kind: Int8, Sendable {
        case boolean = 1
        case string = 2
        case int = 3
        case long = 5
        case double = 6
        /// Values with commas between them: the kind that can be appended to and subtracted from.
        case list = 7
    }

    package let name: String
    package let kind: Kind
    /// As it is written.
    package let defaultValue: String
    /// The broker's config that gives the default of a topic's; nil where Kafka's broker has none.
    package let brokerName: String?

    init(_ name: String, _ kind: Kind, _ defaultValue: String, broker: String? = nil) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
        brokerName = broker
    }

    /// Every topic config of Apache Kafka 4.3 (`TopicConfig`, and the two lists of throttled replicas), by name.
    package static let topic: [ConfigDefinition] = [
        ConfigDefinition("cleanup.policy", .list, "delete", broker: "log.cleanup.policy"),
        ConfigDefinition("compression.gzip.level", .int, "-1", broker: "compression.gzip.level"),
        ConfigDefinition("compression.lz4.level", .int, "9", broker: "compression.lz4.level"),
        ConfigDefinition("compression.type", .string, "producer", broker: "compression.type"),
        ConfigDefinition("compression.zstd.level", .int, "3", broker: "compression.zstd.level"),
        ConfigDefinition("delete.retention.ms", .long, "86400000", broker: "log.cleaner.delete.retention.ms"),
        ConfigDefinition("file.delete.delay.ms", .long, "60000", broker: "log.segment.delete.delay.ms"),
        ConfigDefinition("flush.messages", .long, "\(Int64.max)", broker: "log.flush.interval.messages"),
        ConfigDefinition("flush.ms", .long, "\(Int64.max)", broker: "log.flush.interval.ms"),
        ConfigDefinition("follower.replication.throttled.replicas", .list, ""),
        ConfigDefinition("index.interval.bytes", .int, "4096", broker: "log.index.interval.bytes"),
        ConfigDefinition("leader.replication.throttled.replicas", .list, ""),
        ConfigDefinition("local.retention.bytes", .long, "-2", broker: "log.local.retention.bytes"),
        ConfigDefinition("local.retention.ms", .long, "-2", broker: "log.local.retention.ms"),
        ConfigDefinition(
            "max.compaction.lag.ms", .long, "\(Int64.max)", broker: "log.cleaner.max.compaction.lag.ms"),
        ConfigDefinition("max.message.bytes", .int, "1048588", broker: "message.max.bytes"),
        ConfigDefinition(
            "message.timestamp.after.max.ms", .long, "3600000", broker: "log.message.timestamp.after.max.ms"),
        ConfigDefinition(
            "message.timestamp.before.max.ms", .long, "\(Int64.max)", broker: "log.message.timestamp.before.max.ms"),
        ConfigDefinition("message.timestamp.type", .string, "CreateTime", broker: "log.message.timestamp.type"),
        ConfigDefinition("min.cleanable.dirty.ratio", .double, "0.5", broker: "log.cleaner.min.cleanable.ratio"),
        ConfigDefinition("min.compaction.lag.ms", .long, "0", broker: "log.cleaner.min.compaction.lag.ms"),
        ConfigDefinition("min.insync.replicas", .int, "1", broker: "min.insync.replicas"),
        ConfigDefinition("preallocate", .boolean, "false", broker: "log.preallocate"),
        ConfigDefinition("remote.log.copy.disable", .boolean, "false"),
        ConfigDefinition("remote.log.delete.on.disable", .boolean, "false"),
        ConfigDefinition("remote.storage.enable", .boolean, "false"),
        ConfigDefinition("retention.bytes", .long, "-1", broker: "log.retention.bytes"),
        ConfigDefinition("retention.ms", .long, "604800000", broker: "log.retention.ms"),
        ConfigDefinition("segment.bytes", .int, "1073741824", broker: "log.segment.bytes"),
        ConfigDefinition("segment.index.bytes", .int, "10485760", broker: "log.index.size.max.bytes"),
        ConfigDefinition("segment.jitter.ms", .long, "0", broker: "log.roll.jitter.ms"),
        ConfigDefinition("segment.ms", .long, "604800000", broker: "log.roll.ms"),
        ConfigDefinition(
            "unclean.leader.election.enable", .boolean, "false", broker: "unclean.leader.election.enable"),
    ]

    package static let topicByName = Dictionary(uniqueKeysWithValues: topic.map { ($0.name, $0) })
}

/// One config as DescribeConfigs tells it.
package struct ConfigEntry: Hashable, Sendable {
    /// Where a value comes from; the numbers are those of DescribeConfigs.
    package enum Source: Int8, Sendable {
        case topic = 1
        case staticBroker = 4
        case builtIn = 5
    }

    /// A value that would count if those before it were not set.
    package struct Synonym: Hashable, Sendable {
        package var name: String
        package var value: String
        package var source: Source
    }

    package var name: String
    package var kind: ConfigDefinition.Kind
    package var value: String
    package var source: Source
    package var isReadOnly: Bool
    /// The value itself first.
    package var synonyms: [Synonym]
}

/// One step of IncrementalAlterConfigs.
package struct ConfigChange: Hashable, Sendable {
    /// The numbers are those of the protocol.
    package enum Operation: Int8, Sendable {
        case set = 0
        /// Back to the default.
        case delete = 1
        /// Adds to a list what is not in it.
        case append = 2
        /// Takes away from a list.
        case subtract = 3
    }

    package var name: String
    package var operation: Operation
    /// Nil only for `delete`.
    package var value: String?

    package init(_ name: String, _ operation: Operation, _ value: String?) {
        self.name = name
        self.operation = operation
        self.value = value
    }
}
