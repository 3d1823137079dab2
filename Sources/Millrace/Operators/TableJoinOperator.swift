public import MillraceStores

/// One side of a table–table join: each change of its table meets the other table's row as it is now (SEMANTICS A10,
/// G1–G3, H5). Runs on the task's thread; reads the other table's store.
@usableFromInline
enum TableJoinOperator {
    /// - Parameter rule: which rows have a result, and how it is made.
    @inlinable
    static func assemble<Key: Hashable & Sendable, Own: Sendable, Other: Sendable, Result: Sendable>(
        _ assembly: NodeAssembly, other: TableGetter<Key, Other>, _ rule: TableJoinRule<Own, Other, Result>
    ) throws -> Receiver<Key, Change<Own>> {
        let downstream: Receiver<Key, Change<Result>> = try assembly.downstream()
        let rows = try other.assemble(assembly)
        let context = assembly.context
        let node = assembly.node.name
        let use = assembly.node.table.oldValueUse
        let sparesTombstones = !context.semantics.sendsNeedlessTombstones
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            guard let key = record.key, let change = record.value else { return metrics.drop(.nullKey) }
            if !change.isLatest { return metrics.drop(.outOfOrder) }
            let new: Result?
            let old: Result?
            let timestamp: Timestamp
            do {
                let row = try rows.forwarded(key)
                if row == nil && (rule.needsOther || (change.new == nil && change.old == nil)) { return }
                new = try rule.result(change.new, row?.value)
                let before = try OldRow(for: use, spares: sparesTombstones && new == nil) {
                    try rule.result(change.old, row?.value)
                }
                guard case .sent(let value) = before else { return }
                old = value
                timestamp = row.map { max($0.timestamp, record.timestamp) } ?? record.timestamp
            } catch let error as RowComputationError {
                return try context.handleProcessingError(error.cause, node: node)
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            try downstream(
                Record(key: key, value: Change(new: new, old: old), timestamp: timestamp, headers: record.headers))
        }
    }
}

/// Which pairs of rows a join has results for, seen from one of its sides.
@usableFromInline
struct TableJoinRule<Own: Sendable, Other: Sendable, Result: Sendable>: Sendable {
    @usableFromInline let needsOwn: Bool
    @usableFromInline let needsOther: Bool
    @usableFromInline let joiner: @Sendable (Own?, Other?) throws -> Result?

    @inlinable
    init(
        needsOwn: Bool, needsOther: Bool, _ joiner: @escaping @Sendable (Own?, Other?) throws -> Result?
    ) {
        self.needsOwn = needsOwn
        self.needsOther = needsOther
        self.joiner = joiner
    }

    /// Nil where the pair has no result.
    @inlinable
    func result(_ own: Own?, _ other: Other?) throws -> Result? {
        if own == nil && (needsOwn || other == nil) { return nil }
        if other == nil && needsOther { return nil }
        return try joiner(own, other)
    }

    /// The same join from the other side.
    @inlinable
    var reversed: TableJoinRule<Other, Own, Result> {
        let joiner = joiner
        return TableJoinRule<Other, Own, Result>(needsOwn: needsOther, needsOther: needsOwn) { own, other in
            try joiner(other, own)
        }
    }
}

/// Where the two sides of a table–table join come together: the join's result as a table, with a store of its own or
/// without. Runs on the task's thread; writes the task's store, if there is one.
@usableFromInline
enum TableMergeOperator {
    @inlinable
    static func assemble<Key: Hashable & Sendable, Value: Sendable>(
        _ assembly: NodeAssembly, emission: EmissionPolicy?, _ key: Key.Type, _ value: Value.Type
    ) throws -> Receiver<Key, Change<Value>> {
        let sendsOldValues = assembly.node.table.sendsOldValues
        let metrics = assembly.metrics
        guard let name = assembly.node.table.storeName else {
            let downstream: Receiver<Key, Change<Value>> = try assembly.downstream()
            return Receiver { record in
                metrics.countRecord()
                if sendsOldValues { return try downstream(record) }
                try downstream(record.with(value: record.value.map { Change(new: $0.new, old: nil) }))
            }
        }
        let store = try assembly.store(name, as: KeyValueStore<Key, Value>.self)
        let forward = try TableForwarder<Key, Value>(assembly, emission)
        forward.coalesce(store, in: assembly)
        let sparesTombstones = !assembly.context.semantics.sendsNeedlessTombstones
        return Receiver { record in
            metrics.countRecord()
            guard let key = record.key, let change = record.value else { return }
            let old = sparesTombstones ? try store.value(for: key) : change.old
            if sparesTombstones && change.new == nil && old == nil { return }
            try store.write(key, change.new, at: record.timestamp)
            try forward(key, new: change.new, old: old, timestamp: record.timestamp, headers: record.headers)
        }
    }
}

extension TableGetter {
    /// Rows joined from the rows of two tables.
    @inlinable
    static func joined<Left: Sendable, Right: Sendable>(
        _ left: TableGetter<Key, Left>, _ right: TableGetter<Key, Right>, _ rule: TableJoinRule<Left, Right, Value>
    ) -> TableGetter {
        let stores = left.stores + right.stores.filter { !left.stores.contains($0) }
        return TableGetter(stores: stores) { assembly in
            let lefts = try left.assemble(assembly)
            let rights = try right.assemble(assembly)
            let join = { (left: ValueAndTimestamp<Left>?, right: ValueAndTimestamp<Right>?) throws in
                do {
                    let timestamp = [left?.timestamp, right?.timestamp].compactMap { $0 }.max()
                    guard let timestamp, let value = try rule.result(left?.value, right?.value) else {
                        return ValueAndTimestamp<Value>?.none
                    }
                    return ValueAndTimestamp(value, at: timestamp)
                } catch {
                    throw RowComputationError(cause: error)
                }
            }
            return ValueGetter(
                { key in try join(lefts(key), rights(key)) },
                forwarded: { key in try join(lefts.forwarded(key), rights.forwarded(key)) })
        }
    }
}
