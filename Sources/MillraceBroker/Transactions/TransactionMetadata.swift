package import MillraceCore

/// Where a transaction stands. The numbers are those of Kafka's `__transaction_state`.
package enum TransactionStatus: Int8, Hashable, Sendable {
    /// Nothing has been sent. Can become: ongoing, and empty again with a newer epoch.
    case empty = 0
    /// Partitions have joined. Can become: ongoing with more of them, prepareCommit, prepareAbort.
    case ongoing = 1
    /// The outcome is decided, markers are being written. Can become: completeCommit.
    case prepareCommit = 2
    /// The outcome is decided, markers are being written. Can become: completeAbort.
    case prepareAbort = 3
    /// All markers are written. Can become: ongoing, empty.
    case completeCommit = 4
    /// All markers are written. Can become: ongoing, empty.
    case completeAbort = 5

    /// Nil unless the outcome has been decided and its markers are not all written.
    package var preparedOutcome: TransactionOutcome? {
        switch self {
        case .prepareCommit: .commit
        case .prepareAbort: .abort
        case .empty, .ongoing, .completeCommit, .completeAbort: nil
        }
    }

    /// Nil unless the last transaction has ended and no other has begun.
    package var completedOutcome: TransactionOutcome? {
        switch self {
        case .completeCommit: .commit
        case .completeAbort: .abort
        case .empty, .ongoing, .prepareCommit, .prepareAbort: nil
        }
    }
}

/// One transactional id as the coordinator knows it, and one entry of `__transaction_state`: an entry is the whole new
/// value, so applying it is replacing. Pure data; owned by `TransactionCoordinator`.
///
/// Every end of a transaction raises the producer's epoch (KIP-890): from `prepare…` on, `producer` is the raised one,
/// which the markers carry and the next transaction writes with. So a producer id and an epoch name one transaction,
/// and a restart can tell the data of one from that of the next (docs/internals/broker.md).
package struct TransactionMetadata: Hashable, Sendable {
    package var transactionalID: String
    package var producer: ProducerIdentity
    /// Who wrote before the last change of `producer`, so that a repeated request is known again. Not in the log's
    /// entries: `apply` works it out from one entry to the next.
    package var previousProducer: ProducerIdentity
    package var timeoutMilliseconds: Int32
    package var status: TransactionStatus
    /// Sorted. Not empty only in `ongoing` and `prepare…`.
    package var partitions: [TopicPartition]
    /// When the first partition joined; nil before.
    package var startedAt: Timestamp?
    package var updatedAt: Timestamp

    package init(
        transactionalID: String, producer: ProducerIdentity, previousProducer: ProducerIdentity = .none,
        timeoutMilliseconds: Int32, status: TransactionStatus = .empty, partitions: [TopicPartition] = [],
        startedAt: Timestamp? = nil, updatedAt: Timestamp
    ) {
        self.transactionalID = transactionalID
        self.producer = producer
        self.previousProducer = previousProducer
        self.timeoutMilliseconds = timeoutMilliseconds
        self.status = status
        self.partitions = partitions
        self.startedAt = startedAt
        self.updatedAt = updatedAt
    }

    /// Whether one more epoch would leave none for the fence of a time-out (Kafka's rule: `Int16.max - 1` is the end).
    var isEpochExhausted: Bool { producer.epoch >= Int16.max - 1 }

    /// The producer with the next epoch.
    var raisedProducer: ProducerIdentity { ProducerIdentity(id: producer.id, epoch: producer.epoch + 1) }
}
