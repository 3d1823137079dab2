public import MillraceStores

/// Reads the rows of a table in one task: from its store, or computed from its parent's rows. Used by joins and by
/// tables that have no store. Runs on the task's thread; may read the store's byte store.
@usableFromInline
struct ValueGetter<Key, Value> {
    @usableFromInline let body: (Key) throws -> ValueAndTimestamp<Value>?
    @usableFromInline let forwardedBody: (Key) throws -> ValueAndTimestamp<Value>?
    /// The row as of a time; nil where the table is not versioned.
    @usableFromInline let asOf: ((Key, Timestamp) throws -> ValueAndTimestamp<Value>?)?

    /// - Parameters:
    ///   - forwarded: reads the rows as those downstream of the table know them; like `body` where it is nil.
    ///   - asOf: reads the rows of a versioned table as of a time.
    @inlinable
    init(
        _ body: @escaping (Key) throws -> ValueAndTimestamp<Value>?,
        forwarded: ((Key) throws -> ValueAndTimestamp<Value>?)? = nil,
        asOf: ((Key, Timestamp) throws -> ValueAndTimestamp<Value>?)? = nil
    ) {
        self.body = body
        self.asOf = asOf
        forwardedBody = forwarded ?? body
    }

    /// The row as it is now.
    @inlinable
    func callAsFunction(_ key: Key) throws -> ValueAndTimestamp<Value>? { try body(key) }

    /// The row as it was last forwarded: where changes wait for the commit, that of the last one.
    @inlinable
    func forwarded(_ key: Key) throws -> ValueAndTimestamp<Value>? { try forwardedBody(key) }
}

extension TableGetter {
    /// Rows of a key-value store.
    @inlinable
    static func store(_ name: String) -> TableGetter {
        TableGetter(stores: [name]) { assembly in
            let store = try assembly.store(name, as: KeyValueStore<Key, Value>.self)
            let held = assembly.heldChanges(of: store.name)
            return ValueGetter(
                { try store.get($0) },
                forwarded: { held.areHeld ? try store.committedGet($0) : try store.get($0) })
        }
    }
}
