package import MillraceCore

/// Where a transaction stands. The numbers are those of Kafka's `__transaction_state`.
package enum TransactionStatus: Int8, Hashable, Sendable, CaseIterable {
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

    /// As Kafka's tools show it.
    package var name: String {
        switch self {
        case .empty: "Empty"
        case .ongoing: "Ongoing"
        case .prepareCommit: "PrepareCommit"
        case .prepareAbort: "PrepareAbort"
        case .completeCommit: "CompleteCommit"
        case .completeAbort: "CompleteAbort"
        }
    }

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

/// How a client ends its transactions; it says so by the version of each EndTxn (KIP-890). The numbers are those of
/// `ClientTransactionVersion` in Kafka's `__transaction_state`.
package enum TransactionVersion: Int16, Hashable, Sendable {
    /// The producer goes on with the same epoch. It adds partitions before it writes to them.
    case v1 = 0
    /// Every end raises the producer's epoch. Partitions join when they are written to.
    case v2 = 2
}

/// Where a transaction begins in one partition. With an epoch that outlives transactions, this is what tells one from
/// the next (docs/decisions/0011-start-offsets-for-shared-epochs.md).
package struct TransactionStart: Hashable, Sendable {
    /// Of its topic's id: a topic that is made again begins at offset 0 again.
    package var incarnation: Int64
    /// Of its first record; -1 where the partition has none.
    package var offset: Int64

    package init(incarnation: Int64, offset: Int64) {
        self.incarnation = incarnation
        self.offset = offset
    }

    package static let none = TransactionStart(incarnation: 0, offset: -1)
}

/// One transactional id as the coordinator knows it, and one entry of `__transaction_state`: an entry is the whole new
/// value, so applying it is replacing. Pure data; owned by `TransactionCoordinator`.
///
/// An end by a client of version 2, a time-out and a fence raise the producer's epoch (KIP-890): from `prepare…` on,
/// `producer` is the raised one, which the markers carry and the next transaction writes with. So a producer id and an
/// epoch name one transaction, and a restart can tell the data of one from that of the next
/// (docs/internals/broker.md). An end by a client of version 1 leaves the epoch, which is shared from then on: commits
/// then name where they begin in each partition.
package struct TransactionMetadata: Hashable, Sendable {
    package var transactionalID: String
    package var producer: ProducerIdentity
    /// Who wrote before the last change of `producer`, so that a repeated request is known again; none where somebody
    /// else has taken over since.
    package var previousProducer: ProducerIdentity
    package var timeoutMilliseconds: Int32
    package var status: TransactionStatus
    /// Sorted. Not empty only in `ongoing` and `prepare…`.
    package var partitions: [TopicPartition]
    /// When the first partition joined; nil before.
    package var startedAt: Timestamp?
    package var updatedAt: Timestamp
    /// How the last transaction was ended. In `prepare…`, whether `producer` is raised above the one that wrote.
    package var clientVersion = TransactionVersion.v2
    /// A transaction has been ended under the epoch of the present one (in `prepare…`, under that which wrote) without
    /// raising it.
    package var isEpochShared = false
    /// Where a commit under a shared epoch begins, one for each of `partitions`; empty in all other entries.
    package var starts: [TransactionStart] = []
    /// When this was logged, all that older entries say of the producer had been done, durably.
    package var isCheckpoint = false

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
    var raisedProducer: ProducerIdentity { producer.raised }

    /// Who wrote the transaction whose end a `prepare…` entry decides.
    package var writer: ProducerIdentity {
        clientVersion == .v2 ? ProducerIdentity(id: producer.id, epoch: producer.epoch &- 1) : producer
    }

    /// Whether the last transaction has ended, or none has begun.
    package var isAtRest: Bool { status != .ongoing && status.preparedOutcome == nil }

    /// Whether the commit that this entry decides has to name where it begins.
    package var needsStarts: Bool { isEpochShared && status == .prepareCommit }

    /// Nothing of the last transaction is left in it.
    mutating func clearTransaction() {
        partitions = []
        starts = []
        startedAt = nil
        isCheckpoint = false
    }
}

extension ProducerIdentity {
    /// With the next epoch; the last one has none.
    var raised: ProducerIdentity { ProducerIdentity(id: id, epoch: epoch == .max ? epoch : epoch + 1) }
}
