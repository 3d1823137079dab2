package import MillraceCore

/// What the coordinator wants done about a request.
package enum TransactionDecision: Hashable, Sendable {
    case refuse(KafkaErrorCode)
    /// Nothing changes: the request is a repetition, or asks for what is so.
    case answer(ProducerIdentity)
    /// Log this, apply it, answer with its producer.
    case log(TransactionMetadata)
    /// The transaction ends. Make its data durable, log this and make it durable, apply it, write the markers, then
    /// log and apply `completion`, then answer with that one's producer.
    case prepare(TransactionMetadata)
}

/// The transaction coordinator of one shard of `__transaction_state`, as a pure state machine: `decide…` reads and
/// names what to log, `apply` is the only writer and runs after logging, and again, over the same entries, at start.
/// The rules are those of KIP-98, KIP-360, KIP-447, KIP-588 and KIP-890 (versions 1 and 2 of transactions, by request).
/// No I/O; called under the shard's lock.
package struct TransactionCoordinator: Sendable, Equatable {
    /// Longest time-out a producer may ask for (`transaction.max.timeout.ms`).
    package static let timeoutMillisecondsMax: Int32 = 15 * 60 * 1_000
    /// How long an idle transactional id is remembered (`transactional.id.expiration.ms`).
    package static let idleMillisecondsMax: Int64 = 7 * 24 * 60 * 60 * 1_000

    package private(set) var transactions: [String: TransactionMetadata] = [:]

    package init() {}

    // MARK: Applying

    /// Makes a logged entry the state of its transactional id.
    package mutating func apply(_ entry: TransactionMetadata) {
        transactions[entry.transactionalID] = entry
    }

    /// Applies a tombstone: the id is forgotten.
    package mutating func applyRemoval(of transactionalID: String) {
        transactions[transactionalID] = nil
    }

    // MARK: Reading

    /// Whether `producer` may write to `partition` in its open transaction (KIP-890, part 1): nil where it may.
    package func refusalToWrite(
        transactionalID: String, producer: ProducerIdentity, partition: TopicPartition
    ) -> KafkaErrorCode? {
        guard let transaction = transactions[transactionalID], transaction.producer.id == producer.id else {
            return .invalidProducerIDMapping
        }
        guard transaction.producer.epoch == producer.epoch else { return .invalidProducerEpoch }
        guard transaction.status == .ongoing, transaction.partitions.contains(partition) else {
            return .transactionAbortable
        }
        return nil
    }

    /// Transactional ids whose transaction has been open for longer than it may, sorted.
    package func overdue(at now: Timestamp) -> [String] {
        transactions.values.filter { ($0.deadline ?? now.advanced(byMilliseconds: 1)) <= now }
            .map(\.transactionalID).sorted()
    }

    /// Idle transactional ids that may be forgotten, sorted.
    package func idle(at now: Timestamp) -> [String] {
        transactions.values.filter { transaction in
            let isIdle = transaction.status == .empty || transaction.status.completedOutcome != nil
            return isIdle && now.milliseconds(since: transaction.updatedAt) >= Self.idleMillisecondsMax
        }.map(\.transactionalID).sorted()
    }

    /// When the next transaction becomes overdue; nil while none is open.
    package var nextDeadline: Timestamp? {
        transactions.values.compactMap(\.deadline).min()
    }
}

extension TransactionMetadata {
    /// When an open transaction is to be aborted; nil in all other states.
    var deadline: Timestamp? {
        guard status == .ongoing, let startedAt else { return nil }
        return startedAt.advanced(byMilliseconds: Int64(timeoutMilliseconds))
    }
}
