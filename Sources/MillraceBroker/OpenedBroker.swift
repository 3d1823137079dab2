internal import MillraceCore
internal import MillraceLog

/// Everything a broker consists of, recovered from its data directory. The order matters:
///
/// 1. Topics and their logs are opened; each log cuts off what a crash tore.
/// 2. `__transaction_state` is replayed: which outcomes were decided.
/// 3. Every transaction that any log still holds open is ended there: with its decided outcome, else with abort.
///    Whoever wrote it is gone, or has lost unsynced parts of it.
/// 4. After a crash, all logs are synced: nothing is shown to consumers that a power loss could still take back.
/// 5. Epochs are raised above all that logs have seen, and `__transaction_state` says, durably after a crash, that
///    everything has ended.
/// 6. `__consumer_offsets` is replayed; by now it has no open transactions either.
///
/// Does I/O; runs once, on the thread that makes the broker.
struct OpenedBroker {
    let topics: TopicTable
    let transactionShards: [TransactionShard]
    let groupShards: [GroupShard]
    let producerIDs: ProducerIDSource
    let ties: ShardTies

    init(
        _ configuration: BrokerConfiguration, directory: DataDirectory, clock: any Clock, entropy: any Entropy
    ) throws(BrokerError) {
        let now = clock.now()
        let topics = try TopicTable(
            dataDirectory: directory.path, disk: directory.disk, entropy: entropy,
            cleanShutdown: directory.wasClosedCleanly, now: now)
        self.topics = topics
        let transactionPartitions = try Self.internalTopic(
            TopicName.transactionState, partitionCount: configuration.transactionStatePartitionCount, in: topics,
            now: now)
        let offsetPartitions = try Self.internalTopic(
            TopicName.consumerOffsets, partitionCount: configuration.offsetsPartitionCount, in: topics, now: now)

        let largestProducerID =
            try topics.partitions.map { partition throws(BrokerError) in
                try partition.withLog { log throws(LogError) in log.producerEpochs.keys.max() ?? -1 }
            }.max() ?? -1
        let ties = ShardTies()
        self.ties = ties
        transactionShards = transactionPartitions.map {
            TransactionShard(
                partition: $0,
                surroundings: ties.surroundings(
                    syncsCommits: configuration.durability == .everyCommit, clock: clock, topics: topics))
        }
        var outcomes = DecidedOutcomes()
        var largestKnown = largestProducerID
        for shard in transactionShards {
            outcomes.merge(try shard.replay())
            largestKnown = max(largestKnown, shard.largestProducerID)
        }
        do {
            producerIDs = try ProducerIDSource(in: directory.path, disk: directory.disk, smallest: largestKnown + 1)
        } catch {
            throw BrokerError(error)
        }
        let highestEpochs = try Self.endOpenTransactions(in: topics, outcomes: outcomes, now: now)
        if !directory.wasClosedCleanly {
            for partition in topics.partitions { try partition.sync() }
        }
        for shard in transactionShards {
            try shard.settle(highestEpochs: highestEpochs, isDurable: !directory.wasClosedCleanly, now: now)
        }

        let shards = transactionShards
        groupShards = try offsetPartitions.map { partition throws(BrokerError) in
            let shard = GroupShard(
                partition: partition, clock: clock, entropy: entropy, topics: topics,
                configuration: configuration.groups,
                transactionShard: { shards[ShardIndex.of($0, count: shards.count)] })
            try shard.replay()
            return shard
        }
        ties.complete(producerIDs: producerIDs, groupShards: groupShards)
    }

    private static func internalTopic(
        _ name: String, partitionCount: Int32, in topics: TopicTable, now: Timestamp
    ) throws(BrokerError) -> [Partition] {
        if topics.definition(of: name) == nil {
            // Kept for ever, and read only by this broker, which never lets it grow old.
            let configuration = try TopicConfiguration([
                "cleanup.policy": "compact", "retention.ms": "-1", "segment.bytes": String(100 << 20),
            ])
            try topics.create(name, partitionCount: partitionCount, configuration: configuration, now: now)
        }
        return topics.definition(of: name)?.partitions.compactMap { topics.partition($0) } ?? []
    }

    /// Ends in every log what is open there; returns the highest epoch any log has seen of each producer id.
    private static func endOpenTransactions(
        in topics: TopicTable, outcomes: DecidedOutcomes, now: Timestamp
    ) throws(BrokerError) -> [Int64: Int16] {
        var highestEpochs: [Int64: Int16] = [:]
        for partition in topics.partitions {
            let incarnation = topics.incarnation(of: partition.id.topic)
            try partition.withLog { log throws(LogError) in
                for (producerID, firstOffset) in log.openTransactions {
                    let end = outcomes.end(
                        of: ProducerIdentity(id: producerID, epoch: log.producerEpochs[producerID] ?? 0),
                        in: partition.id,
                        start: TransactionStart(incarnation: incarnation, offset: firstOffset.rawValue))
                    _ = try log.appendMarker(end.outcome, producer: end.marker, coordinatorEpoch: 0, now: now)
                }
                highestEpochs.merge(log.producerEpochs) { max($0, $1) }
            }
        }
        return highestEpochs
    }
}

/// Ties transaction shards to what is made after them. Filled once, before the broker is used; cut when it goes, since
/// group shards hold on to transaction shards too.
final class ShardTies: @unchecked Sendable {
    // Sendable: `complete` runs before any other thread can reach a shard, `cut` when none can any more.
    private var producerIDs: ProducerIDSource?
    private var groupShards: [GroupShard] = []

    func complete(producerIDs: ProducerIDSource, groupShards: [GroupShard]) {
        self.producerIDs = producerIDs
        self.groupShards = groupShards
    }

    func cut() {
        producerIDs = nil
        groupShards = []
    }

    func surroundings(
        syncsCommits: Bool, clock: any Clock, topics: TopicTable
    ) -> TransactionShard.Surroundings {
        TransactionShard.Surroundings(
            syncsCommits: syncsCommits, clock: clock,
            takeProducerID: { () throws(BrokerError) in
                guard let source = self.producerIDs else { throw .closed }
                return try source.take()
            },
            sync: { id throws(BrokerError) in try topics.partition(id)?.sync() },
            start: { id, producerID in
                // A topic may be deleted meanwhile: then there is nothing to be found again.
                let offset = try? topics.partition(id)?.withLog { log in log.transactionStart(of: producerID) }
                guard let offset else { return .none }
                return TransactionStart(incarnation: topics.incarnation(of: id.topic), offset: offset.rawValue)
            },
            writeMarker: { id, outcome, producer, now throws(BrokerError) in
                guard id.topic == TopicName.consumerOffsets else {
                    try topics.partition(id)?.appendMarker(outcome, producer: producer, now: now)
                    return
                }
                guard self.groupShards.indices.contains(Int(id.partition)) else { throw .closed }
                try self.groupShards[Int(id.partition)].endTransaction(outcome, producer: producer, now: now)
            })
    }
}
