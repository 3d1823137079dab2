public import MillraceStores

/// Tells all rows that refer to a right row of its update, in order of their keys (SEMANTICS A10, G5, G9). One update
/// reaches `step` of them at once; the task's backlog goes on with the rest between records, so that a row with a
/// million others referring to it holds up neither the task nor its commits. Runs on the task's thread; reads and
/// writes the task's stores.
@usableFromInline
enum ForeignTableJoinOperator {
    /// How many rows are told in one go.
    @inlinable static var step: Int { 1_000 }

    @inlinable
    static func assemble<ForeignKey: Hashable & Sendable, PrimaryKey: Hashable & Sendable, Value: Sendable>(
        _ assembly: NodeAssembly, subscriptions: String, fanOuts: String,
        keys: SubscriptionKeySerde<ForeignKey, PrimaryKey>, _ value: Value.Type
    ) throws -> Receiver<ForeignKey, Change<Value>> {
        let runner = try FanOutRunner<ForeignKey, PrimaryKey, Value>(
            assembly, subscriptions: subscriptions, fanOuts: fanOuts, keys: keys)
        assembly.onStart { try runner.start() }
        let backlog = assembly.context.backlog
        backlog.add(hasWork: { runner.hasWork }, workOff: { try runner.workOff(limit: $0) })
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            guard let key = record.key, let change = record.value else { return metrics.drop(.nullKey) }
            if !change.isLatest { return metrics.drop(.outOfOrder) }
            backlog.spend(
                try runner.tell(key, change.new, timestamp: record.timestamp, headers: record.headers))
        }
    }
}

/// The updates of right rows that are on their way to those that refer to them. What is left of each lies in a store;
/// memory holds only whose turn it is.
@usableFromInline
final class FanOutRunner<ForeignKey: Hashable & Sendable, PrimaryKey: Hashable & Sendable, Value: Sendable> {
    @usableFromInline typealias Key = SubscriptionKey<ForeignKey, PrimaryKey>
    @usableFromInline let subscriptions: KeyValueStore<Key, ForeignKeySubscription<PrimaryKey>>
    @usableFromInline let fanOuts: KeyValueStore<ForeignKey, FanOut<Value>>
    @usableFromInline let keys: SubscriptionKeySerde<ForeignKey, PrimaryKey>
    @usableFromInline let downstream: Receiver<PrimaryKey, ForeignKeyAnswer<Value>>
    /// Foreign keys with work left, in the order in which they take turns, and the same as a set.
    @exclusivity(unchecked)
    @usableFromInline var queue: [ForeignKey] = []
    @exclusivity(unchecked)
    @usableFromInline var waiting: Set<ForeignKey> = []
    @exclusivity(unchecked)
    @usableFromInline var writer = ByteWriter()

    @inlinable
    init(
        _ assembly: NodeAssembly, subscriptions: String, fanOuts: String,
        keys: SubscriptionKeySerde<ForeignKey, PrimaryKey>
    ) throws {
        self.subscriptions = try assembly.store(subscriptions)
        self.fanOuts = try assembly.store(fanOuts)
        self.keys = keys
        downstream = try assembly.downstream()
    }

    @inlinable var hasWork: Bool { !queue.isEmpty }

    /// Goes on with what an earlier life of the task has left.
    @inlinable
    func start() throws {
        queue = try fanOuts.all().map(\.key)
        waiting = Set(queue)
    }

    /// Begins to tell of an update; returns how many rows were told.
    @inlinable
    func tell(_ key: ForeignKey, _ value: Value?, timestamp: Timestamp, headers: Headers) throws -> Int {
        if !waiting.isEmpty, waiting.contains(key), let older = try fanOuts.value(for: key) {
            try fanOuts.write(key, older.replaced(by: value, headers), at: timestamp)
            return 0
        }
        let prefix = try prefix(of: key)
        var fanOut = FanOut(value, headers, from: prefix)
        let told = try advance(&fanOut, timestamp, prefix: prefix, limit: ForeignTableJoinOperator.step)
        if !told.isDone {
            try fanOuts.write(key, fanOut, at: timestamp)
            queue.append(key)
            waiting.insert(key)
        }
        return told.count
    }

    /// Tells at most `limit` rows of the updates that wait; returns how many, at least one where there is work.
    @inlinable
    func workOff(limit: Int) throws -> Int {
        var done = 0
        // Each key once a call, so that a long queue is shifted once.
        let turns = queue
        queue.removeAll(keepingCapacity: true)
        for (place, key) in turns.enumerated() {
            if done >= limit {
                queue = turns[place...] + queue
                return done
            }
            guard let entry = try fanOuts.get(key) else {
                waiting.remove(key)
                continue
            }
            var fanOut = entry.value
            let told = try advance(
                &fanOut, entry.timestamp, prefix: prefix(of: key),
                limit: min(limit - done, ForeignTableJoinOperator.step))
            done += max(told.count, 1)
            try fanOuts.write(key, told.isDone ? nil : fanOut, at: entry.timestamp)
            if told.isDone { waiting.remove(key) } else { queue.append(key) }
        }
        return done
    }

    /// Answers for at most `limit` subscriptions from the position on, and moves it.
    @inlinable
    func advance(
        _ fanOut: inout FanOut<Value>, _ timestamp: Timestamp, prefix: [UInt8], limit: Int
    ) throws -> (count: Int, isDone: Bool) {
        var count = 0
        while true {
            var next: Key?
            try subscriptions.forEach(prefix: prefix, from: fanOut.position, to: fanOut.end) { key, entry in
                if count == limit {
                    next = key
                    return false
                }
                count += 1
                let answer = ForeignKeyAnswer(
                    hash: entry.value.hash, value: fanOut.value, primaryPartition: entry.value.primaryPartition)
                try downstream(
                    Record(key: key.primaryKey, value: answer, timestamp: timestamp, headers: fanOut.headers))
                return true
            }
            if let next {
                fanOut.position = try bytes { try keys.serialize(next, into: &$0) }
                return (count, false)
            }
            guard let end = fanOut.secondEnd else { return (count, true) }
            fanOut = FanOut(fanOut.value, fanOut.headers, from: prefix, to: end)
        }
    }

    @inlinable
    func prefix(of key: ForeignKey) throws -> [UInt8] { try bytes { try keys.serialize(prefix: key, into: &$0) } }

    @inlinable
    func bytes(_ write: (inout ByteWriter) throws -> Void) rethrows -> [UInt8] {
        writer.removeAll()
        try write(&writer)
        return writer.copyBytes()
    }
}
