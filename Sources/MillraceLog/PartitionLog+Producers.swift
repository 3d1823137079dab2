package import MillraceCore

/// What a log knows of one producer, for tools (DescribeProducers, KIP-664). A plain value.
package struct LogProducer: Hashable, Sendable {
    package var producer: ProducerIdentity
    /// Of its last batch; -1 where none is remembered.
    package var lastSequence: Int32
    /// When it was last heard of, by the broker's clock.
    package var lastSeen: Timestamp
    /// Of the coordinator that wrote its last marker; -1 before the first.
    package var coordinatorEpoch: Int32
    /// Where its open transaction begins.
    package var transactionStart: Offset?
}

/// What a log knows of its producers. No I/O.
extension PartitionLog {
    /// The epoch of every producer id that is remembered.
    package var producerEpochs: [Int64: Int16] { producers.entries.mapValues(\.epoch) }

    /// First offset of the producer's open transaction.
    package func transactionStart(of producerID: Int64) -> Offset? { producers.openTransactions[producerID] }

    /// All producers that are remembered, by id.
    package var knownProducers: [LogProducer] {
        producers.entries.sorted { $0.key < $1.key }.map { id, entry in
            LogProducer(
                producer: ProducerIdentity(id: id, epoch: entry.epoch), lastSequence: entry.last?.lastSequence ?? -1,
                lastSeen: entry.lastSeen, coordinatorEpoch: entry.coordinatorEpoch,
                transactionStart: entry.transactionStart)
        }
    }
}
