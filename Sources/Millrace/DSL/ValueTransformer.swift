internal import MillraceStores

/// User code that computes a table's rows from another table's with the help of stores (Kafka Streams'
/// `ValueTransformerWithKey`). A task makes its own with the closure given to `KTable.transformValues`, once its stores
/// are restored; all calls come from the task's thread. What `transform` throws goes to the processing handler.
///
///     final class Enriched: ValueTransformer {
///         let rates: KeyValueStore<String, Double>
///         init(_ context: TransformerContext) throws { rates = try context.store("rates") }
///         func transform(_ key: Int64, _ order: Order?) throws -> Double? {
///             try order.flatMap { try rates.value(for: $0.currency) }
///         }
///     }
///     orders.transformValues(stores: ["rates"]) { try Enriched($0) }
public protocol ValueTransformer<Key, Value, NewValue>: AnyObject {
    /// Of both tables.
    associatedtype Key
    /// What the table before has.
    associatedtype Value
    /// What the new one has.
    associatedtype NewValue

    /// The new row for a row, or for nil where it is gone; nil deletes. It may also be called for rows that have not
    /// changed: for old values that a step downstream asks for, and to read a table that has no store.
    func transform(_ key: Key, _ value: Value?) throws -> NewValue?

    /// The task closes.
    func close()
}

extension ValueTransformer {
    /// Does nothing.
    public func close() {}
}

/// What a `ValueTransformer` can see of its task: stores, times and places. Belongs to the task's thread.
public final class TransformerContext {
    private let task: TaskContext
    private let node: String
    private let stores: [String: any StateStore]

    @usableFromInline
    init(_ assembly: NodeAssembly, stores names: [String]) throws {
        task = assembly.context
        node = assembly.node.name
        var stores: [String: any StateStore] = [:]
        for name in names { stores[name] = try assembly.store(name, as: (any StateStore).self) }
        self.stores = stores
    }

    /// The application's id.
    public var applicationID: String { task.applicationID }
    /// The task that runs the transformer.
    public var taskID: TaskID { task.taskID }
    /// Topic, partition and offset of the record being processed; nil where none is.
    public var recordMetadata: RecordSource? { task.source }
    /// Largest timestamp of any record the task has processed; nil before the first.
    public var streamTime: Timestamp? { task.streamTime }
    /// The wall clock, read once a batch.
    public var wallClockTime: Timestamp { task.wallClockTime }

    /// A store that the transformer was connected with, for instance `KeyValueStore<String, Int64>`.
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
}
