package import MillraceCore

/// Topics and where their partitions begin and end. From any thread.
extension Broker {
    /// Makes a topic.
    ///
    /// - Parameters:
    ///   - name: Kafka's rules for names apply.
    ///   - partitionCount: nil for the broker's default.
    ///   - values: configs, names with their values.
    ///   - validateOnly: looks whether it would be allowed, and makes nothing.
    /// - Returns: the topic as it is, or would be.
    @discardableResult
    public func createTopic(
        _ name: String, partitionCount: Int32? = nil, configuration values: [String: String] = [:],
        validateOnly: Bool = false
    ) throws(BrokerError) -> TopicDefinition {
        try requireOpen()
        guard !TopicName.isInternal(name) else {
            throw BrokerError(.invalidTopicException, "the topic '\(name)' belongs to the broker")
        }
        return try topics.create(
            name, partitionCount: partitionCount ?? configuration.defaultPartitionCount,
            configuration: try TopicConfiguration(values), validateOnly: validateOnly, now: clock.now())
    }

    /// Nil where there is no such topic.
    public func describeTopic(_ name: String) throws(BrokerError) -> TopicDefinition? {
        try requireOpen()
        return topics.definition(of: name)
    }

    /// Names, sorted, those of the broker's own topics included.
    public func listTopics() throws(BrokerError) -> [String] {
        try requireOpen()
        return topics.names
    }

    /// Removes a topic with its records, and what groups have committed of it: that is no position in the next topic of
    /// its name. Who reads it gets `unknownTopicOrPartition`.
    public func deleteTopic(_ name: String) throws(BrokerError) {
        try requireOpen()
        try topics.delete(name)
        for shard in groupShards { try shard.forgetOffsets(of: name) }
    }

    /// Sets some of a topic's configs and leaves the others.
    public func alterTopic(_ name: String, set values: [String: String]) throws(BrokerError) {
        try requireOpen()
        try topics.alter(name) { old throws(BrokerError) in
            try TopicConfiguration(old.values.merging(values) { $1 })
        }
    }

    /// The handle to a partition; keep it, it stays valid until the topic is deleted or the broker closed.
    package func partition(_ id: TopicPartition) throws(BrokerError) -> Partition {
        try requireOpen()
        guard let partition = topics.partition(id) else { throw .unknownPartition(id) }
        return partition
    }
}
