internal import MillraceStores

/// Which kind of store, of which types, `StreamsApplication.store` is to give a view of.
public struct QueryableStoreType<View: Sendable>: Sendable {
    let makeView: @Sendable (LocalQuery) -> View

    /// A key-value store; a `KTable` that is not windowed is kept in one.
    public static func keyValue<Key: Hashable & Sendable, Value: Sendable>(
        _ key: Key.Type, _ value: Value.Type
    ) -> QueryableStoreType<KeyValueView<Key, Value>> where View == KeyValueView<Key, Value> {
        QueryableStoreType { KeyValueView(stores: LocalStore($0)) }
    }

    /// A window store; a windowed aggregate is kept in one, under its plain keys.
    public static func window<Key: Hashable & Sendable, Value: Sendable>(
        _ key: Key.Type, _ value: Value.Type
    ) -> QueryableStoreType<WindowView<Key, Value>> where View == WindowView<Key, Value> {
        QueryableStoreType { WindowView(stores: LocalStore($0)) }
    }

    /// A session store; an aggregate of sessions is kept in one, under its plain keys.
    public static func session<Key: Hashable & Sendable, Value: Sendable>(
        _ key: Key.Type, _ value: Value.Type
    ) -> QueryableStoreType<SessionView<Key, Value>> where View == SessionView<Key, Value> {
        QueryableStoreType { SessionView(stores: LocalStore($0)) }
    }

    /// A store of sliding windows, under their plain keys.
    public static func slidingWindow<Key: Hashable & Sendable, Value: Sendable>(
        _ key: Key.Type, _ value: Value.Type
    ) -> QueryableStoreType<SlidingWindowView<Key, Value>> where View == SlidingWindowView<Key, Value> {
        QueryableStoreType { SlidingWindowView(stores: LocalStore($0)) }
    }
}
