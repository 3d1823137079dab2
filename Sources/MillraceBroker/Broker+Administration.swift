package import MillraceCore
internal import MillraceLog

/// How much a data directory holds of each partition.
package struct LogDirectoryDescription: Hashable, Sendable {
    package struct Partition: Hashable, Sendable {
        package var id: TopicPartition
        package var byteCount: Int64
    }

    package var path: String
    /// Sorted.
    package var partitions: [Partition]
}

/// What admin clients ask for beyond making and deleting topics. From any thread.
extension Broker {
    /// Nil where there is no such topic, or none any more.
    package func describeTopic(id: TopicID) throws(BrokerError) -> TopicDefinition? {
        try requireOpen()
        return topics.definition(of: id)
    }

    /// Adds partitions behind those that there are. Keys may belong to other partitions from then on.
    ///
    /// - Parameters:
    ///   - name: of the topic.
    ///   - count: how many it shall have.
    ///   - validateOnly: looks whether it would be allowed, and makes nothing.
    /// - Throws: `BrokerError` with `invalidPartitions` where it has as many already.
    public func createPartitions(
        _ name: String, count: Int32, validateOnly: Bool = false
    ) throws(BrokerError) {
        try requireOpen()
        guard !TopicName.isInternal(name) else {
            throw BrokerError(.invalidTopicException, "the topic '\(name)' belongs to the broker")
        }
        try topics.grow(name, to: count, validateOnly: validateOnly, now: clock.now())
    }

    // MARK: Configs

    /// IncrementalAlterConfigs of a topic: all changes or none.
    package func alterTopic(
        _ name: String, _ changes: [ConfigChange], validateOnly: Bool = false
    ) throws(BrokerError) {
        try requireOpen()
        try topics.alter(name, validateOnly: validateOnly) { old throws(BrokerError) in try old.applying(changes) }
    }

    /// AlterConfigs of a topic: what is not named goes back to its default.
    package func replaceConfiguration(
        of name: String, _ values: [String: String], validateOnly: Bool = false
    ) throws(BrokerError) {
        try requireOpen()
        try topics.alter(name, validateOnly: validateOnly) { _ throws(BrokerError) in try TopicConfiguration(values) }
    }

    /// DescribeConfigs of a topic: every config with the value that counts.
    package func describeConfiguration(of name: String) throws(BrokerError) -> [ConfigEntry] {
        try requireOpen()
        guard let definition = topics.definition(of: name) else {
            throw BrokerError(.unknownTopicOrPartition, "there is no topic '\(name)'")
        }
        return definition.configuration.entries
    }

    /// DescribeConfigs of the broker: what it was opened with, and the defaults of topics. None can be changed while it
    /// runs.
    package func describeConfiguration() throws(BrokerError) -> [ConfigEntry] {
        try requireOpen()
        let own: [(String, ConfigDefinition.Kind, String)] = [
            ("broker.id", .int, "\(configuration.nodeID)"), ("node.id", .int, "\(configuration.nodeID)"),
            ("process.roles", .list, "broker,controller"), ("log.dirs", .list, configuration.dataDirectory),
            ("num.partitions", .int, "\(configuration.defaultPartitionCount)"),
            ("default.replication.factor", .int, "1"), ("offsets.topic.replication.factor", .int, "1"),
            ("offsets.topic.num.partitions", .int, "\(configuration.offsetsPartitionCount)"),
            ("transaction.state.log.replication.factor", .int, "1"),
            ("transaction.state.log.num.partitions", .int, "\(configuration.transactionStatePartitionCount)"),
            (
                "log.retention.check.interval.ms", .long,
                "\(configuration.retentionInterval.wholeMilliseconds)"
            ),
        ]
        let opened = (own + groupConfiguration).map { name, kind, value in
            ConfigEntry(name: name, kind: kind, value: value, source: .staticBroker, isReadOnly: true, synonyms: [])
        }
        let defaults = ConfigDefinition.topic.compactMap { definition in
            definition.brokerName.map {
                ConfigEntry(
                    name: $0, kind: definition.kind, value: definition.defaultValue, source: .builtIn,
                    isReadOnly: true, synonyms: [])
            }
        }
        return (opened + defaults).sorted { $0.name < $1.name }
    }

    /// DescribeConfigs of a group (KIP-848): what holds for all of them, since none has configs of its own.
    package func describeGroupConfiguration() throws(BrokerError) -> [ConfigEntry] {
        try requireOpen()
        let consumer = configuration.groups.consumer
        return [
            ("consumer.heartbeat.interval.ms", consumer.heartbeatInterval),
            ("consumer.session.timeout.ms", consumer.sessionTimeout),
        ].map { name, duration in
            ConfigEntry(
                name: name, kind: .int, value: "\(duration.wholeMilliseconds)", source: .staticBroker, isReadOnly: true,
                synonyms: [])
        }
    }

    private var groupConfiguration: [(String, ConfigDefinition.Kind, String)] {
        let session = configuration.groups.consumer.sessionTimeout.wholeMilliseconds
        let heartbeat = configuration.groups.consumer.heartbeatInterval.wholeMilliseconds
        return [
            ("group.consumer.session.timeout.ms", .int, "\(session)"),
            ("group.consumer.heartbeat.interval.ms", .int, "\(heartbeat)"),
            ("group.consumer.max.size", .int, "\(configuration.groups.consumer.membersMax)"),
            ("group.consumer.assignors", .list, ConsumerAssignor.allCases.map(\.rawValue).joined(separator: ",")),
            ("group.consumer.migration.policy", .string, "disabled"),
            (
                "group.min.session.timeout.ms", .int,
                "\(configuration.groups.sessionTimeouts.lowerBound.wholeMilliseconds)"
            ),
            (
                "group.max.session.timeout.ms", .int,
                "\(configuration.groups.sessionTimeouts.upperBound.wholeMilliseconds)"
            ),
            (
                "group.initial.rebalance.delay.ms", .int,
                "\(configuration.groups.initialRebalanceDelay.wholeMilliseconds)"
            ),
            ("group.max.size", .int, "\(configuration.groups.membersMax)"),
            ("offset.metadata.max.bytes", .int, "\(configuration.groups.offsetMetadataBytesMax)"),
            (
                "offsets.retention.minutes", .int,
                "\(configuration.groups.offsetsRetention.wholeMilliseconds / 60_000)"
            ),
            (
                "offsets.retention.check.interval.ms", .long,
                "\(configuration.groups.offsetsRetentionCheckInterval.wholeMilliseconds)"
            ),
        ]
    }

    // MARK: Logs

    /// DescribeLogDirs: this broker has one directory.
    package func describeLogDirectory() throws(BrokerError) -> LogDirectoryDescription {
        try requireOpen()
        let partitions = topics.partitions.compactMap { partition in
            (try? partition.byteCount()).map { LogDirectoryDescription.Partition(id: partition.id, byteCount: $0) }
        }
        return LogDirectoryDescription(path: configuration.dataDirectory, partitions: partitions)
    }

    /// DeleteRecords: everything before an offset.
    ///
    /// - Parameters:
    ///   - id: the partition.
    ///   - offset: -1 for the high watermark.
    /// - Returns: where the partition begins now.
    package func deleteRecords(of id: TopicPartition, before offset: Int64) throws(BrokerError) -> Offset {
        try requireOpen()
        guard let definition = topics.definition(of: id.topic), let partition = topics.partition(id) else {
            throw .unknownPartition(id)
        }
        guard !TopicName.isInternal(id.topic) else {
            throw BrokerError(.invalidTopicException, "the topic '\(id.topic)' belongs to the broker", partition: id)
        }
        guard definition.configuration.log.cleanupPolicy.contains(.delete) else {
            throw BrokerError(
                .policyViolation, "records of the topic '\(id.topic)' go by compaction alone (cleanup.policy)",
                partition: id)
        }
        return try partition.deleteRecords(beforeRaw: offset)
    }
}
