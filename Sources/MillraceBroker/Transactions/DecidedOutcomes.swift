package import MillraceCore

/// What `__transaction_state` tells an opening broker of the ends of transactions, so that it can end those that logs
/// still hold open. Pure; filled in the order of the log.
///
/// A transaction under an epoch of its own is known by its writer. Under a shared epoch a commit is known by where it
/// begins: its data was durable before it was decided, so no other transaction of the same writer begins there, ever.
/// Where nothing is known, nothing was decided (docs/decisions/0006 and 0011).
package struct DecidedOutcomes: Sendable, Equatable {
    /// A transaction in one partition.
    struct Place: Hashable {
        var epoch: Int16
        var partition: TopicPartition
        var start: TransactionStart
    }

    /// What is known of one producer id, by the epochs that wrote.
    private struct Producer: Equatable {
        var outcomes: [Int16: TransactionOutcome] = [:]
        var sharedEpochs: Set<Int16> = []
        /// Commits, with the epoch that their markers carry.
        var commits: [Place: Int16] = [:]
    }

    private var producers: [Int64: Producer] = [:]

    package init() {}

    package mutating func note(_ entry: TransactionMetadata) {
        let id = entry.producer.id
        if entry.isCheckpoint { producers[id] = nil }
        guard let outcome = entry.status.preparedOutcome else { return }
        let epoch = entry.writer.epoch
        guard entry.isEpochShared else {
            producers[id, default: Producer()].outcomes[epoch] = outcome
            return
        }
        producers[id, default: Producer()].sharedEpochs.insert(epoch)
        for (partition, start) in zip(entry.partitions, entry.starts) where start.offset >= 0 {
            let place = Place(epoch: epoch, partition: partition, start: start)
            producers[id]?.commits[place] = entry.producer.epoch
        }
    }

    /// How to end a transaction that a log holds open, and the producer for the marker. Only a decided end of version
    /// 1 leaves the epoch: whatever else was open has a producer that must not go on with it.
    package func end(
        of writer: ProducerIdentity, in partition: TopicPartition, start: TransactionStart
    ) -> (outcome: TransactionOutcome, marker: ProducerIdentity) {
        guard let known = producers[writer.id] else { return (.abort, writer.raised) }
        guard known.sharedEpochs.contains(writer.epoch) else {
            return (known.outcomes[writer.epoch] ?? .abort, writer.raised)
        }
        let place = Place(epoch: writer.epoch, partition: partition, start: start)
        guard let epoch = known.commits[place] else { return (.abort, writer.raised) }
        return (.commit, ProducerIdentity(id: writer.id, epoch: epoch))
    }

    /// Takes in what another partition of `__transaction_state` tells.
    package mutating func merge(_ other: DecidedOutcomes) {
        for (id, producer) in other.producers {
            producers[id, default: Producer()].outcomes.merge(producer.outcomes) { $1 }
            producers[id]?.sharedEpochs.formUnion(producer.sharedEpochs)
            producers[id]?.commits.merge(producer.commits) { $1 }
        }
    }
}
