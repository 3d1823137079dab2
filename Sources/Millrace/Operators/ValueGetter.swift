public import MillraceStores

/// Reads the rows of a table in one task: from its store, or computed from its parent's rows. Used by joins and by
/// tables that have no store. Runs on the task's thread; may read the store's byte store.
@usableFromInline
struct ValueGetter<Key, Value> {
    @usableFromInline let body: (Key) throws -> ValueAndTimestamp<Value>?

    @inlinable
    init(_ body: @escaping (Key) throws -> ValueAndTimestamp<Value>?) { self.body = body }

    @inlinable
    func callAsFunction(_ key: Key) throws -> ValueAndTimestamp<Value>? { try body(key) }
}

extension TableGetter {
    /// Rows of a key-value store.
    @inlinable
    static func store(_ name: String) -> TableGetter {
        TableGetter(stores: [name]) { assembly in
            let store = try assembly.store(name, as: KeyValueStore<Key, Value>.self)
            return ValueGetter { try store.get($0) }
        }
    }
}
