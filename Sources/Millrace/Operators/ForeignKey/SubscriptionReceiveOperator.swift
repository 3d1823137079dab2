public import MillraceStores

/// The right side of a foreign-key join: keeps the subscriptions in order of their foreign keys (SEMANTICS G5). Runs on
/// the task's thread; writes the task's store.
@usableFromInline
enum SubscriptionReceiveOperator {
    @inlinable
    static func assemble<ForeignKey: Hashable & Sendable, PrimaryKey: Hashable & Sendable>(
        _ assembly: NodeAssembly, store name: String, _ foreignKey: ForeignKey.Type, _ primaryKey: PrimaryKey.Type
    ) throws -> Receiver<ForeignKey, ForeignKeySubscription<PrimaryKey>> {
        typealias Key = SubscriptionKey<ForeignKey, PrimaryKey>
        let downstream: Receiver<ForeignKey, ForeignKeySubscription<PrimaryKey>> = try assembly.downstream()
        let store = try assembly.store(name, as: KeyValueStore<Key, ForeignKeySubscription<PrimaryKey>>.self)
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            guard let subscription = record.value else { return }
            guard let foreignKey = record.key else {
                // A left join asks so for the result of a row that refers to nothing.
                if subscription.instruction != .subscribeAndAnswer { return metrics.drop(.nullForeignKey) }
                return try downstream(record)
            }
            let key = Key(foreignKey, subscription.primaryKey)
            switch subscription.instruction {
            case .unsubscribe, .unsubscribeAndAnswer: try store.write(key, nil, at: record.timestamp)
            case .subscribe, .subscribeAndAnswer: try store.write(key, subscription, at: record.timestamp)
            }
            try downstream(record)
        }
    }
}

/// Answers a subscription with the right row as it is now (SEMANTICS A10, G5). Runs on the task's thread; reads the
/// right table's store.
@usableFromInline
enum SubscriptionJoinOperator {
    @inlinable
    static func assemble<ForeignKey: Hashable & Sendable, PrimaryKey: Hashable & Sendable, Value: Sendable>(
        _ assembly: NodeAssembly, table: TableGetter<ForeignKey, Value>, _ primaryKey: PrimaryKey.Type
    ) throws -> Receiver<ForeignKey, ForeignKeySubscription<PrimaryKey>> {
        let downstream: Receiver<PrimaryKey, ForeignKeyAnswer<Value>> = try assembly.downstream()
        let rows = try table.assemble(assembly)
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            guard let subscription = record.value, subscription.instruction != .unsubscribe else { return }
            let row: ValueAndTimestamp<Value>?
            do {
                row = try record.key.flatMap { try rows($0) }
            } catch let error as RowComputationError {
                return try context.handleProcessingError(error.cause, node: node)
            }
            if row == nil && subscription.instruction == .subscribe { return }
            let answersWithRow = subscription.instruction != .unsubscribeAndAnswer
            let answer = ForeignKeyAnswer(
                hash: subscription.hash, value: answersWithRow ? row?.value : nil,
                primaryPartition: subscription.primaryPartition)
            try downstream(
                Record(
                    key: subscription.primaryKey, value: answer,
                    timestamp: row.map { max($0.timestamp, record.timestamp) } ?? record.timestamp,
                    headers: record.headers))
        }
    }
}
