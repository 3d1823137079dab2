public import MillraceCore
public import MillraceStores

/// The local partitions of a versioned store, as of each task's last commit. Ask from any thread; each call takes the
/// task's lock for one look-up.
///
///     let rates = try application.store("rates", .versioned(String.self, Double.self))
///     let now = try rates.get("EUR")?.value
///     let then = try rates.get("EUR", asOf: payment.timestamp)?.value
public struct VersionedView<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    let stores: LocalStore<VersionedStore<Key, Value>>

    /// The latest version of `key` on this instance; nil where it has no value now.
    public func get(_ key: Key) throws(QueryError) -> VersionedRecord<Value>? {
        try first { try $0.get(key, view: .committed) }
    }

    /// The version of `key` that was valid at a time. Nil where it had no value then, or where the time lies further
    /// back than the store's history and the latest version is not that old.
    public func get(_ key: Key, asOf time: Timestamp) throws(QueryError) -> VersionedRecord<Value>? {
        try first { try $0.get(key, asOf: time, view: .committed) }
    }

    /// The versions of `key` that were valid at some time from `from` to `to`, both included (nil: no bound), oldest
    /// first, as far back as the store's history goes.
    public func history(
        of key: Key, from: Timestamp? = nil, to: Timestamp? = nil
    ) throws(QueryError) -> [VersionedRecord<Value>] {
        try first { store in
            let found = try store.history(of: key, from: from, to: to, view: .committed)
            return found.isEmpty ? nil : found
        } ?? []
    }

    /// A key is in one partition; which one, only the stores know.
    private func first<Found>(
        _ read: (VersionedStore<Key, Value>) throws -> Found?
    ) throws(QueryError) -> Found? {
        for partition in try stores.partitions() {
            if let found = try stores.read(partition, read) { return found }
        }
        return nil
    }
}

extension QueryableStoreType {
    /// A versioned store; a table made with a history is kept in one.
    public static func versioned<Key: Hashable & Sendable, Value: Sendable>(
        _ key: Key.Type, _ value: Value.Type
    ) -> QueryableStoreType<VersionedView<Key, Value>> where View == VersionedView<Key, Value> {
        QueryableStoreType { VersionedView(stores: LocalStore($0)) }
    }
}
