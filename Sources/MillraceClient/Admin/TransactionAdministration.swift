package import MillraceCore
internal import MillraceProtocol

/// A transactional id as brokers list it.
package struct TransactionListing: Hashable, Sendable {
    package var id: String
    package var producerID: Int64
    package var state: String
    /// The broker that coordinates it.
    package var coordinator: Int32
}

/// A transactional id with what goes on under it.
package struct TransactionDescription: Hashable, Sendable {
    package var id: String
    package var producer: ProducerIdentity
    package var state: String
    package var timeoutMilliseconds: Int32
    /// Nil while nothing is going on.
    package var startedAt: Timestamp?
    package var partitions: [TopicPartition]
}

/// A producer that a partition remembers.
package struct ActiveProducer: Hashable, Sendable {
    package var partition: TopicPartition
    package var identity: ProducerIdentity
    package var lastSequence: Int32
    package var lastTimestamp: Timestamp?
    package var coordinatorEpoch: Int32
    /// Where its open transaction begins; nil where it has none.
    package var transactionStart: Int64?
}

extension ClusterClient {
    /// Transactional ids of the whole cluster, by id.
    ///
    /// - Parameter states: only these, as Kafka calls them; empty for all.
    package func transactions(states: [String] = []) throws(ClientError) -> [TransactionListing] {
        var request = ListTransactionsRequest()
        request.stateFilters = states
        var found: [TransactionListing] = []
        for broker in try knownBrokers().keys.sorted() {
            let answer = try ask(request, of: .broker(broker)) { answer throws(ClientError) in
                if let error = ClientError.ifAny(answer.error, nil, subject: "list transactions") { throw error }
            }
            if let state = answer.unknownStateFilters.first {
                throw .refused(.invalidRequest, subject: "state \(state)", message: "the broker knows no such state")
            }
            found += answer.transactions.map {
                TransactionListing(
                    id: $0.transactionalID, producerID: $0.producerID, state: $0.state, coordinator: broker)
            }
        }
        return found.sorted { $0.id < $1.id }
    }

    /// - Throws: `ClientError.refused` with `transactionalIDNotFound` where there is none.
    package func transaction(_ id: String) throws(ClientError) -> TransactionDescription {
        var request = DescribeTransactionsRequest()
        request.transactionalIDs = [id]
        let answer = try ask(request, of: .transactionCoordinator(id)) { answer throws(ClientError) in
            try ClusterClient.retryIfPassing(answer.transactions.map(\.error), subject: "transactional id \(id)")
        }
        guard let found = answer.transactions.first else { throw .badAnswer("no transactional id \(id) in it") }
        if let error = ClientError.ifAny(found.error, nil, subject: "transactional id \(id)") { throw error }
        return TransactionDescription(
            id: id, producer: ProducerIdentity(id: found.producerID, epoch: found.producerEpoch), state: found.state,
            timeoutMilliseconds: found.timeoutMilliseconds,
            startedAt: found.startTimeMilliseconds >= 0 ? Timestamp(found.startTimeMilliseconds) : nil,
            partitions: found.topics.flatMap { topic in
                topic.partitionIndexes.map { TopicPartition(topic.name, $0) }
            }.sorted())
    }

    /// The producers that these partitions remember.
    package func producers(of partitions: [TopicPartition]) throws(ClientError) -> [ActiveProducer] {
        var producers: [ActiveProducer] = []
        for (leader, list) in try leaders(of: partitions) {
            var request = DescribeProducersRequest()
            request.topics = Dictionary(grouping: list, by: \.topic).sorted { $0.key < $1.key }.map { name, list in
                var topic = DescribeProducersRequest.Topic()
                topic.name = name
                topic.partitionIndexes = list.map(\.partition).sorted()
                return topic
            }
            for topic in try ask(request, of: .broker(leader)).topics {
                for partition in topic.partitions {
                    let name = TopicPartition(topic.name, partition.partitionIndex)
                    if let error = ClientError.ifAny(partition.error, partition.errorMessage, subject: "\(name)") {
                        throw error
                    }
                    producers += partition.activeProducers.map { ActiveProducer($0, name) }
                }
            }
        }
        return producers
    }

    /// Takes the place of the producer of a transactional id: its open transaction is aborted, and it is fenced.
    package func fence(_ id: String) throws(ClientError) -> ProducerIdentity {
        var request = InitProducerIDRequest()
        request.transactionalID = id
        request.transactionTimeoutMilliseconds = 60_000
        let answer = try ask(request, of: .transactionCoordinator(id), newest: 5) { answer throws(ClientError) in
            if let error = ClientError.ifAny(answer.error, nil, subject: "transactional id \(id)") { throw error }
        }
        return ProducerIdentity(id: answer.producerID, epoch: answer.producerEpoch)
    }

    /// Ends a transaction in one partition that no coordinator knows of any more (KIP-664).
    ///
    /// - Throws: `ClientError.refused` where no transaction of the partition begins at this offset.
    package func abortHangingTransaction(
        in partition: TopicPartition, startingAt offset: Int64
    ) throws(ClientError) -> ProducerIdentity {
        guard let producer = try producers(of: [partition]).first(where: { $0.transactionStart == offset }) else {
            throw .refused(
                .invalidTransactionState, subject: "\(partition)",
                message: "no open transaction begins at offset \(offset)")
        }
        guard let leader = try leaders(of: [partition]).first?.leader else {
            throw .refused(.leaderNotAvailable, subject: "\(partition)", message: nil)
        }
        var marker = WriteTransactionMarkersRequest.Marker()
        marker.producerID = producer.identity.id
        marker.producerEpoch = producer.identity.epoch
        marker.coordinatorEpoch = max(0, producer.coordinatorEpoch)
        marker.isCommit = false
        var topic = WriteTransactionMarkersRequest.Topic()
        topic.name = partition.topic
        topic.partitionIndexes = [partition.partition]
        marker.topics = [topic]
        var request = WriteTransactionMarkersRequest()
        request.markers = [marker]
        let answer = try ask(request, of: .broker(leader), newest: 1)
        for partitionAnswer in answer.markers.flatMap(\.topics).flatMap(\.partitions) {
            if let error = ClientError.ifAny(partitionAnswer.error, nil, subject: "\(partition)") { throw error }
        }
        return producer.identity
    }
}

extension ActiveProducer {
    fileprivate init(_ producer: DescribeProducersResponse.Producer, _ partition: TopicPartition) {
        self.init(
            partition: partition,
            identity: ProducerIdentity(
                id: producer.producerID, epoch: Int16(truncatingIfNeeded: producer.producerEpoch)),
            lastSequence: producer.lastSequence,
            lastTimestamp: producer.lastTimestamp >= 0 ? Timestamp(producer.lastTimestamp) : nil,
            coordinatorEpoch: producer.coordinatorEpoch,
            transactionStart: producer.transactionStartOffset >= 0 ? producer.transactionStartOffset : nil)
    }
}
