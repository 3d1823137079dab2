internal import MillraceBroker
internal import MillraceCore

/// Administration of the broker in this process. From any thread; does the broker's I/O on it.
final class EmbeddedAdmin: ClusterAdmin {
    private let broker: Broker

    init(broker: Broker) { self.broker = broker }

    func createTopic(_ specification: TopicSpecification) throws(ClusterError) {
        try callingBroker { () throws(BrokerError) in
            _ = try broker.createTopic(
                specification.name, partitionCount: specification.partitionCount,
                configuration: specification.configuration)
        }
    }

    func describeTopic(_ name: String) throws(ClusterError) -> TopicDescription? {
        let definition = try callingBroker { () throws(BrokerError) in try broker.describeTopic(name) }
        return definition.map {
            TopicDescription(
                name: $0.name, partitionCount: $0.partitionCount, configuration: $0.configuration.values)
        }
    }

    func listTopics() throws(ClusterError) -> [String] {
        try callingBroker { () throws(BrokerError) in try broker.listTopics() }
    }

    func deleteTopic(_ name: String) throws(ClusterError) {
        try callingBroker { () throws(BrokerError) in try broker.deleteTopic(name) }
    }

    func deleteRecords(before offset: Offset, in partition: TopicPartition) throws(ClusterError) {
        try callingBroker { () throws(BrokerError) in
            try broker.partition(partition).deleteRecords(before: offset)
        }
    }

    func offset(of partition: TopicPartition, at position: OffsetQuery) throws(ClusterError) -> Offset? {
        try callingBroker { () throws(BrokerError) in
            try broker.partition(partition).offset(at: position)
        }
    }

    func committedOffsets(
        group: String, partitions: [TopicPartition]
    ) throws(ClusterError) -> [TopicPartition: CommittedOffset] {
        CommittedOffset.dictionary(
            try callingBroker { () throws(BrokerError) in
                try broker.committedOffsets(of: partitions, group: group, requiresStable: false)
            })
    }
}

extension Partition {
    func offset(at position: OffsetQuery) throws(BrokerError) -> Offset? {
        switch position {
        case .earliest: return try bounds().logStart
        case .latest(.readUncommitted): return try bounds().highWatermark
        case .latest(.readCommitted): return try bounds().lastStableOffset
        case .atOrAfter(let time): return try offset(atOrAfter: time)
        }
    }
}
