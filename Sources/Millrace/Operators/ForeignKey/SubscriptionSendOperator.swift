/// The left side of a foreign-key join: tells the right side which row refers to which (SEMANTICS G5–G8, A10; NOTES 10,
/// 17). Forwards subscriptions keyed by the foreign key to the sink of the subscription topic. Runs on the task's
/// thread; no I/O.
@usableFromInline
enum SubscriptionSendOperator {
    @inlinable
    static func assemble<Key: Hashable & Sendable, Value: Sendable, ForeignKey: Hashable & Sendable>(
        _ assembly: NodeAssembly, isLeft: Bool, value: AnySerde<Value>, foreignKey: AnySerde<ForeignKey>,
        _ extract: @escaping @Sendable (Key, Value) throws -> ForeignKey?
    ) throws -> Receiver<Key, Change<Value>> {
        let downstream: Receiver<ForeignKey, ForeignKeySubscription<Key>> = try assembly.downstream()
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        let hasher = ValueHasher(value)
        let keys = ForeignKeyComparison(foreignKey)
        let rule = SubscriptionRule(isLeft: isLeft, context.semantics)
        return Receiver { record in
            metrics.countRecord()
            guard let key = record.key, let change = record.value else { return metrics.drop(.nullKey) }
            if !change.isLatest { return metrics.drop(.outOfOrder) }
            let old: ForeignKey?
            let new: ForeignKey?
            let plan: SubscriptionPlan
            let hash: Hash128?
            do {
                old = try change.old.flatMap { try extract(key, $0) }
                new = try change.new.flatMap { try extract(key, $0) }
                plan = rule.plan(
                    hadRow: change.old != nil, hasRow: change.new != nil, hadKey: old != nil, hasKey: new != nil,
                    isSameKey: try keys.areSame(old, new))
                hash = plan.isEmpty ? nil : try change.new.map { try hasher.hash($0) }
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            if plan.countsNullKey { metrics.drop(.nullForeignKey) }
            let partition = context.source?.partition ?? context.taskID.partition
            if let instruction = plan.toOld {
                let subscription = ForeignKeySubscription(
                    hash: hash, instruction: instruction, primaryKey: key, primaryPartition: partition)
                try downstream(record.with(old, subscription))
            }
            if let instruction = plan.toNew {
                let subscription = ForeignKeySubscription(
                    hash: hash, instruction: instruction, primaryKey: key, primaryPartition: partition)
                try downstream(record.with(new, subscription))
            }
        }
    }
}

extension Record {
    @inlinable
    func with<NewKey, NewValue>(_ key: NewKey?, _ value: NewValue) -> Record<NewKey, NewValue> {
        Record<NewKey, NewValue>(key: key, value: value, timestamp: timestamp, headers: headers)
    }
}

/// What is sent for one change: to the right row that the left one referred to, and to the one it refers to now.
@usableFromInline
struct SubscriptionPlan: Equatable {
    @usableFromInline var toOld: SubscriptionInstruction?
    @usableFromInline var toNew: SubscriptionInstruction?
    /// Whether the change is passed over for want of a foreign key.
    @usableFromInline var countsNullKey = false

    @inlinable var isEmpty: Bool { toOld == nil && toNew == nil }
}

/// Which instructions a change of a left row gives. Pure.
@usableFromInline
struct SubscriptionRule: Sendable {
    let isLeft: Bool
    /// G6: an inner join passes over changes from or to a row without a foreign key.
    let ignoresNullKeys: Bool
    /// G7: a left join hears twice of a row that refers to another one now.
    let answersTwice: Bool

    @usableFromInline
    init(isLeft: Bool, _ semantics: Semantics) {
        self.isLeft = isLeft
        ignoresNullKeys = semantics.ignoresNullForeignKeys
        answersTwice = semantics.repeatsForeignKeyResults
    }

    /// - Parameters:
    ///   - hadRow: whether there was a left row; `hadKey`: whether it had a foreign key. The same for now.
    @usableFromInline
    func plan(hadRow: Bool, hasRow: Bool, hadKey: Bool, hasKey: Bool, isSameKey: Bool) -> SubscriptionPlan {
        if !hadRow && !hasRow { return SubscriptionPlan() }
        let leaves = hadKey && !isSameKey
        // Nil is a foreign key, too: the right side answers that there is no row. In an inner join as well, so that
        // each row is answered for, also one that refers to nothing: the answer to the row before it is stale by then,
        // and an earlier result would stay.
        if isLeft || !ignoresNullKeys {
            if answersTwice {
                return SubscriptionPlan(toOld: leaves ? .unsubscribeAndAnswer : nil, toNew: .subscribeAndAnswer)
            }
            if hasRow || !hadKey {
                return SubscriptionPlan(toOld: leaves ? .unsubscribe : nil, toNew: .subscribeAndAnswer)
            }
            return SubscriptionPlan(toOld: .unsubscribeAndAnswer)
        }
        if hadRow && !hadKey || hasRow && !hasKey { return SubscriptionPlan(countsNullKey: true) }
        if !hasKey { return SubscriptionPlan(toOld: leaves ? .unsubscribeAndAnswer : nil) }
        // An earlier result must go, even if there is no right row to join now.
        return SubscriptionPlan(
            toOld: leaves ? .unsubscribe : nil, toNew: hadKey ? .subscribeAndAnswer : .subscribe)
    }
}

/// Hashes values by their serialised form, in memory that is used again.
@usableFromInline
final class ValueHasher<Value> {
    @usableFromInline let serde: AnySerde<Value>
    @exclusivity(unchecked)
    @usableFromInline var writer = ByteWriter()

    @inlinable
    init(_ serde: AnySerde<Value>) { self.serde = serde }

    @inlinable
    func hash(_ value: Value) throws -> Hash128 {
        writer.removeAll()
        try serde.encode(value, &writer)
        return ValueHasher.hash(writer)
    }

    // The span depends on the writer, which therefore comes as a borrow.
    @inlinable
    static func hash(_ writer: borrowing ByteWriter) -> Hash128 { Murmur3.hash128(writer.bytes) }
}

/// Tells whether foreign keys are the same by their bytes, as stores and partitions do.
@usableFromInline
final class ForeignKeyComparison<ForeignKey> {
    @usableFromInline let serde: AnySerde<ForeignKey>
    @exclusivity(unchecked)
    @usableFromInline var first = ByteWriter()
    @exclusivity(unchecked)
    @usableFromInline var second = ByteWriter()

    @inlinable
    init(_ serde: AnySerde<ForeignKey>) { self.serde = serde }

    @inlinable
    func areSame(_ left: ForeignKey?, _ right: ForeignKey?) throws -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        first.removeAll()
        second.removeAll()
        try serde.encode(left, &first)
        try serde.encode(right, &second)
        return ForeignKeyComparison.areEqual(first, second)
    }

    // The spans depend on the writers, which therefore come as borrows.
    @inlinable
    static func areEqual(_ left: borrowing ByteWriter, _ right: borrowing ByteWriter) -> Bool {
        left.bytes.elementsEqual(right.bytes)
    }
}
