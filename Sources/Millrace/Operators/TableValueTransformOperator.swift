public import MillraceStores

/// `transformValues` of a table: each row computed from the parent's row by an object of the user that may have stores.
/// Runs on the task's thread; writes the task's store, if the table has one; what the object does is the user's.
@usableFromInline
enum TableValueTransformOperator {
    @inlinable
    static func assemble<
        Key: Hashable & Sendable, Value: Sendable, NewValue: Sendable,
        User: ValueTransformer<Key, Value, NewValue> & SendableMetatype
    >(
        _ assembly: NodeAssembly, emission: EmissionPolicy?, stores: [String],
        _ make: @escaping @Sendable (TransformerContext) throws -> User
    ) throws -> Receiver<Key, Change<Value>> {
        let holder = try transformer(assembly, stores: stores, make)
        let context = assembly.context
        let node = assembly.node.name
        let sendsOldValues = assembly.node.table.sendsOldValues
        let metrics = assembly.metrics
        guard let name = assembly.node.table.storeName else {
            let downstream: Receiver<Key, Change<NewValue>> = try assembly.downstream()
            return Receiver { record in
                metrics.countRecord()
                guard let key = record.key, let change = record.value, let user = holder.processor else { return }
                let new: NewValue?
                let old: NewValue?
                do {
                    new = try user.transform(key, change.new)
                    old = sendsOldValues ? try user.transform(key, change.old) : nil
                } catch {
                    return try context.handleProcessingError(error, node: node)
                }
                try downstream(record.with(value: Change(new: new, old: old, isLatest: change.isLatest)))
            }
        }
        let store = try assembly.store(name, as: KeyValueStore<Key, NewValue>.self)
        let forward = try TableForwarder<Key, NewValue>(assembly, emission)
        forward.coalesce(store, in: assembly)
        let sparesTombstones = !context.semantics.sendsNeedlessTombstones
        return Receiver { record in
            metrics.countRecord()
            guard let key = record.key, let change = record.value, let user = holder.processor else { return }
            let new: NewValue?
            do {
                new = try user.transform(key, change.new)
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            let old = sendsOldValues || sparesTombstones ? try store.value(for: key) : nil
            if sparesTombstones && new == nil && old == nil { return }
            try store.write(key, new, at: record.timestamp)
            try forward(key, new: new, old: old, timestamp: record.timestamp, headers: record.headers)
        }
    }

    /// The user's object of one node in one task, from the task's start on.
    @inlinable
    static func transformer<User: ValueTransformer & SendableMetatype>(
        _ assembly: NodeAssembly, stores: [String], _ make: @escaping @Sendable (TransformerContext) throws -> User
    ) throws -> ProcessorHolder<User> {
        let context = try TransformerContext(assembly, stores: stores)
        let holder = ProcessorHolder<User>()
        assembly.onReady { holder.processor = try make(context) }
        assembly.onClose { holder.processor?.close() }
        return holder
    }
}

extension TableGetter {
    /// Rows that an object of the user computes from the rows of `parent`, with its stores; each reader has its own.
    @inlinable
    static func transformed<Parent: Sendable, User: ValueTransformer<Key, Parent, Value> & SendableMetatype>(
        from parent: TableGetter<Key, Parent>, stores: [String],
        _ make: @escaping @Sendable (TransformerContext) throws -> User
    ) -> TableGetter {
        TableGetter(stores: parent.stores + stores.filter { !parent.stores.contains($0) }) { assembly in
            let rows = try parent.assemble(assembly)
            let holder = try TableValueTransformOperator.transformer(assembly, stores: stores, make)
            let compute = { (key: Key, row: ValueAndTimestamp<Parent>?) throws -> ValueAndTimestamp<Value>? in
                guard let user = holder.processor else { return nil }
                do {
                    return try user.transform(key, row?.value).map {
                        ValueAndTimestamp($0, at: row?.timestamp ?? .epoch)
                    }
                } catch {
                    throw RowComputationError(cause: error)
                }
            }
            return ValueGetter(
                { key in try compute(key, rows(key)) }, forwarded: { key in try compute(key, rows.forwarded(key)) })
        }
    }
}
