public import MillraceStores

/// What a processor can do besides computing: forward, set timers, read its stores, ask for times and places. Belongs
/// to the task's thread.
public final class ProcessorContext<OutputKey, OutputValue> {
    @usableFromInline let task: TaskContext
    @usableFromInline let node: String
    @usableFromInline let downstream: Receiver<OutputKey, OutputValue>
    @usableFromInline let children: [(name: String, receiver: Receiver<OutputKey, OutputValue>)]
    private let stores: [String: any StateStore]
    private let globalStores: [String: any StateStore]
    /// What a node further down threw and a processor let through or swallowed: it ends the transaction either way.
    @exclusivity(unchecked)
    @usableFromInline var failure: (any Error)?

    @usableFromInline
    init(_ assembly: NodeAssembly) throws {
        task = assembly.context
        node = assembly.node.name
        downstream = try assembly.downstream()
        children = try assembly.namedDownstreams()
        var stores: [String: any StateStore] = [:]
        for name in assembly.node.stores { stores[name] = try assembly.store(name, as: (any StateStore).self) }
        self.stores = stores
        globalStores = assembly.globalStores
    }

    /// The application's id.
    public var applicationID: String { task.applicationID }
    /// The task that the processor belongs to.
    public var taskID: TaskID { task.taskID }
    /// Topic, partition and offset of the record being processed; nil in a timer (SEMANTICS K2).
    public var recordMetadata: RecordSource? { task.source }
    /// Largest timestamp of any record the task has processed; nil before the first.
    public var streamTime: Timestamp? { task.streamTime }
    /// The wall clock, read once for a batch of records.
    public var wallClockTime: Timestamp { task.wallClockTime }

    /// Asks for a commit soon; it does not happen inside the call (SEMANTICS K3).
    public func commit() { task.isCommitRequested = true }

    /// Passes a record to all children in order.
    ///
    /// - Throws: `InvalidTimestamp` for a negative timestamp, as Kafka Streams' `Record` does.
    @inlinable
    public func forward(_ record: Record<OutputKey, OutputValue>) throws {
        guard record.timestamp >= .epoch else { throw InvalidTimestamp(record.timestamp) }
        do {
            try downstream(record)
        } catch {
            failure = error
            throw error
        }
    }

    /// Passes a record to one child.
    ///
    /// - Parameter child: the name of its node.
    /// - Parameter record: what is passed on.
    /// - Throws: `TopologyError.unknownChild`; `InvalidTimestamp` for a negative timestamp.
    public func forward(_ record: Record<OutputKey, OutputValue>, to child: String) throws {
        guard let target = children.first(where: { $0.name == child }) else {
            throw TopologyError.unknownChild(node: node, child: child)
        }
        guard record.timestamp >= .epoch else { throw InvalidTimestamp(record.timestamp) }
        do {
            try target.receiver(record)
        } catch {
            failure = error
            throw error
        }
    }

    /// Calls `callback` again and again, given the current stream time or wall-clock time. Stream time: first with the
    /// first record, then at multiples of the interval; wall clock: first after one interval. What was missed is made
    /// up for by one call (SEMANTICS K1). Schedules do not outlive the task.
    @discardableResult
    public func schedule(
        every interval: Duration, _ type: PunctuationType, _ callback: @escaping (Timestamp) throws -> Void
    ) -> Punctuation {
        task.punctuations.schedule(every: interval.wholeMilliseconds, type, now: task.wallClockTime) { [self] time in
            try guarded { try callback(time) }
        }
    }

    /// A store that the processor was connected with, for instance `KeyValueStore<String, Int64>`.
    ///
    /// - Throws: `TopologyError.unknownStore`, `typeMismatch`.
    public func store<Store>(_ name: String, as type: Store.Type = Store.self) throws -> Store {
        guard let store = stores[name] else { throw TopologyError.unknownStore(node: node, store: name) }
        guard let typed = store as? Store else {
            throw TopologyError.typeMismatch(
                node: node, expected: "\(Store.self)", found: "store \(name) of type \(Swift.type(of: store))")
        }
        return typed
    }

    /// Rows of a global table or global key-value store, which every processor may read, and only its own write.
    ///
    /// - Throws: `TopologyError.unknownStore`, `typeMismatch`.
    public func globalStore<Key: Hashable, Value>(
        _ name: String, _ key: Key.Type = Key.self, _ value: Value.Type = Value.self
    ) throws -> KeyValueReader<Key, Value> {
        guard let store = globalStores[name] else { throw TopologyError.unknownStore(node: node, store: name) }
        guard let typed = store as? KeyValueStore<Key, Value> else {
            throw TopologyError.typeMismatch(
                node: node, expected: "\(KeyValueStore<Key, Value>.self)",
                found: "store \(name) of type \(Swift.type(of: store))")
        }
        return KeyValueReader(of: typed)
    }

    /// Runs user code: what it throws itself goes to the handler, what comes from further down goes on up.
    @inlinable
    func guarded(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            if failure == nil { return try task.handleProcessingError(error, node: node) }
        }
        if let failure { throw failure }
    }
}

/// `ProcessorContext` for processors that keep keys.
public final class FixedKeyProcessorContext<Key, OutputValue> {
    @usableFromInline let inner: ProcessorContext<Key, OutputValue>

    @usableFromInline
    init(_ inner: ProcessorContext<Key, OutputValue>) { self.inner = inner }

    /// The application's id.
    public var applicationID: String { inner.applicationID }
    /// The task that the processor belongs to.
    public var taskID: TaskID { inner.taskID }
    /// Topic, partition and offset of the record being processed; nil in a timer.
    public var recordMetadata: RecordSource? { inner.recordMetadata }
    /// Largest timestamp of any record the task has processed; nil before the first.
    public var streamTime: Timestamp? { inner.streamTime }
    /// The wall clock, read once for a batch of records.
    public var wallClockTime: Timestamp { inner.wallClockTime }
    /// Asks for a commit soon.
    public func commit() { inner.commit() }

    /// Passes a record to all children in order.
    @inlinable
    public func forward(_ record: FixedKeyRecord<Key, OutputValue>) throws { try inner.forward(record.record) }

    /// Passes a record to the child of this name.
    public func forward(_ record: FixedKeyRecord<Key, OutputValue>, to child: String) throws {
        try inner.forward(record.record, to: child)
    }

    /// As `ProcessorContext.schedule`.
    @discardableResult
    public func schedule(
        every interval: Duration, _ type: PunctuationType, _ callback: @escaping (Timestamp) throws -> Void
    ) -> Punctuation {
        inner.schedule(every: interval, type, callback)
    }

    /// As `ProcessorContext.globalStore`.
    public func globalStore<RowKey: Hashable, Row>(
        _ name: String, _ key: RowKey.Type = RowKey.self, _ value: Row.Type = Row.self
    ) throws -> KeyValueReader<RowKey, Row> { try inner.globalStore(name, key, value) }

    /// As `ProcessorContext.store`.
    public func store<Store>(_ name: String, as type: Store.Type = Store.self) throws -> Store {
        try inner.store(name, as: type)
    }
}
