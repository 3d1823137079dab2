package import MillraceCore

/// What ListTransactions asks for. Pure data.
package struct TransactionFilter: Sendable {
    /// Names as Kafka's tools show them; empty for any. Unknown ones match nothing.
    package var states: [String] = []
    /// Empty for any.
    package var producerIDs: [Int64] = []
    /// Only transactions that have been open for longer; negative for any.
    package var durationMilliseconds: Int64 = -1
    /// Whether a transactional id is wanted: the request's pattern, matched as a whole.
    package var matches: @Sendable (String) -> Bool = { _ in true }

    package init() {}

    /// Those of `states` that no transaction can be in.
    package var unknownStates: [String] {
        states.filter { state in !TransactionStatus.allCases.contains { $0.name == state } }
    }
}

/// Looking at transactions from outside (ListTransactions, DescribeTransactions; KIP-664). Pure.
extension TransactionCoordinator {
    /// Sorted by transactional id.
    package func list(_ filter: TransactionFilter, now: Timestamp) -> [TransactionMetadata] {
        let states = Set(filter.states)
        let producerIDs = Set(filter.producerIDs)
        return transactions.values.filter { transaction in
            guard states.isEmpty || states.contains(transaction.status.name) else { return false }
            guard producerIDs.isEmpty || producerIDs.contains(transaction.producer.id) else { return false }
            if filter.durationMilliseconds >= 0 {
                guard let start = transaction.startedAt, now.milliseconds(since: start) > filter.durationMilliseconds
                else { return false }
            }
            return filter.matches(transaction.transactionalID)
        }.sorted { $0.transactionalID < $1.transactionalID }
    }
}
