package import MillraceCore

/// The requests whose answers carry errors of transactions.
package enum TransactionRequest: Hashable, Sendable {
    case produce, initProducerID, addPartitions, addOffsets, endTransaction, offsetCommit
}

extension KafkaErrorCode {
    /// What a client that speaks this version of the request is told: codes that it does not know yet are replaced by
    /// those that it does (KIP-588, KIP-890). Pure.
    ///
    /// PRODUCER_FENCED was INVALID_PRODUCER_EPOCH before, TRANSACTION_ABORTABLE was INVALID_TXN_STATE, and where
    /// CONCURRENT_TRANSACTIONS is not known, one takes its place that is tried again.
    package func known(to request: TransactionRequest, version: Int16) -> KafkaErrorCode {
        switch self {
        case .producerFenced: version >= request.producerFencedSince ? self : .invalidProducerEpoch
        case .transactionAbortable: version >= request.transactionAbortableSince ? self : .invalidTransactionState
        case .concurrentTransactions:
            switch request {
            case .produce: version >= 12 ? self : .notEnoughReplicas
            case .offsetCommit: version >= 5 ? self : .coordinatorNotAvailable
            default: self
            }
        default: self
        }
    }
}

extension TransactionRequest {
    fileprivate var producerFencedSince: Int16 {
        switch self {
        case .initProducerID: 4
        case .addPartitions, .addOffsets, .endTransaction: 2
        case .produce, .offsetCommit: .max
        }
    }

    fileprivate var transactionAbortableSince: Int16 {
        switch self {
        case .initProducerID, .addPartitions: 5
        case .addOffsets, .endTransaction, .offsetCommit: 4
        case .produce: 11
        }
    }
}

extension BrokerError {
    /// The same, with the code that a client of this version knows.
    func known(to request: TransactionRequest, version: Int16) -> BrokerError {
        let known = code.known(to: request, version: version)
        return known == code ? self : BrokerError(known, message, partition: partition, isNoSpace: isNoSpace)
    }
}
