public import MillraceCore

/// Makes store specifications, as Kafka Streams' `Stores`.
///
///     let counts = Stores.keyValue("counts", keySerde: StringSerde(), valueSerde: Int64Serde())
public enum Stores {
    /// A store of the latest value of each key.
    @inlinable
    public static func keyValue<KeySerde: Serde, ValueSerde: Serde>(
        _ name: String, keySerde: KeySerde, valueSerde: ValueSerde, isPersistent: Bool = true
    ) -> StoreSpecification where KeySerde.Value: Hashable {
        StoreSpecification(name: name, kind: .keyValue, isPersistent: isPersistent) { environment in
            try KeyValueStore(
                name: environment.finalName(name),
                byteStore: environment.makeByteStore(name: name, isPersistent: isPersistent),
                keySerde: keySerde, valueSerde: valueSerde)
        }.withSerdes(keySerde, valueSerde)
    }

    /// - Parameter retention: how long a window stays visible, counted in the store's time from its start. At least
    ///   the size of the windows and their grace.
    /// - Parameter isPersistent: whether the store goes to RocksDB; else it is in memory.
    /// - Parameter keySerde: of the keys.
    /// - Parameter name: of the node; numbered by default.
    /// - Parameter valueSerde: of the values.
    @inlinable
    public static func window<KeySerde: Serde, ValueSerde: Serde>(
        _ name: String, retention: Duration, keySerde: KeySerde, valueSerde: ValueSerde, isPersistent: Bool = true
    ) -> StoreSpecification where KeySerde.Value: Hashable {
        StoreSpecification(name: name, kind: .window(retention: retention), isPersistent: isPersistent) { environment in
            try WindowStore(
                name: environment.finalName(name), retention: retention,
                byteStore: environment.makeByteStore(name: name, isPersistent: isPersistent),
                keySerde: keySerde, valueSerde: valueSerde)
        }.withSerdes(keySerde, valueSerde)
    }

    /// - Parameter retention: how long a session stays visible, counted in the store's time from its end. At least the
    ///   gap and the grace of the sessions.
    /// - Parameter isPersistent: whether the store goes to RocksDB; else it is in memory.
    /// - Parameter keySerde: of the keys.
    /// - Parameter name: of the node; numbered by default.
    /// - Parameter valueSerde: of the values.
    @inlinable
    public static func session<KeySerde: Serde, ValueSerde: Serde>(
        _ name: String, retention: Duration, keySerde: KeySerde, valueSerde: ValueSerde, isPersistent: Bool = true
    ) -> StoreSpecification where KeySerde.Value: Hashable {
        StoreSpecification(name: name, kind: .session(retention: retention), isPersistent: isPersistent) {
            environment in
            try SessionStore<KeySerde.Value, ValueSerde.Value>(
                name: environment.finalName(name), retention: retention,
                byteStore: environment.makeByteStore(name: name, isPersistent: isPersistent),
                keySerde: keySerde, valueSerde: valueSerde)
        }.withSerdes(keySerde, valueSerde)
    }

    /// A store of windows that begin anywhere, such as sliding windows; `window` is for windows that many keys share.
    ///
    /// - Parameter retention: how long a window stays visible, counted in the store's time from its start.
    /// - Parameter isPersistent: whether the store goes to RocksDB; else it is in memory.
    /// - Parameter keySerde: of the keys.
    /// - Parameter name: of the node; numbered by default.
    /// - Parameter valueSerde: of the values.
    @inlinable
    public static func slidingWindow<KeySerde: Serde, ValueSerde: Serde>(
        _ name: String, retention: Duration, keySerde: KeySerde, valueSerde: ValueSerde, isPersistent: Bool = true
    ) -> StoreSpecification where KeySerde.Value: Hashable {
        StoreSpecification(name: name, kind: .window(retention: retention), isPersistent: isPersistent) { environment in
            try SlidingWindowStore<KeySerde.Value, ValueSerde.Value>(
                name: environment.finalName(name), retention: retention,
                byteStore: environment.makeByteStore(name: name, isPersistent: isPersistent),
                keySerde: keySerde, valueSerde: valueSerde)
        }
    }

    /// One side of a stream–stream join.
    ///
    /// - Parameter retention: how long a record stays visible, counted in the store's time from its timestamp. At least
    ///   the size of the join's windows and their grace.
    /// - Parameter isPersistent: whether the store goes to RocksDB; else it is in memory.
    /// - Parameter keySerde: of the keys.
    /// - Parameter name: of the node; numbered by default.
    /// - Parameter valueSerde: of the values.
    @inlinable
    public static func join<KeySerde: Serde, ValueSerde: Serde>(
        _ name: String, retention: Duration, keySerde: KeySerde, valueSerde: ValueSerde, isPersistent: Bool = true
    ) -> StoreSpecification where KeySerde.Value: Hashable {
        StoreSpecification(name: name, kind: .join(retention: retention), isPersistent: isPersistent) { environment in
            try JoinStore<KeySerde.Value, ValueSerde.Value>(
                name: environment.finalName(name), retention: retention,
                byteStore: environment.makeByteStore(name: name, isPersistent: isPersistent),
                keySerde: keySerde, valueSerde: valueSerde)
        }
    }

    /// - Parameter history: how far back from the greatest time ever put versions can be put and looked up.
    /// - Parameter isPersistent: whether the store goes to RocksDB; else it is in memory.
    /// - Parameter keySerde: of the keys.
    /// - Parameter name: of the node; numbered by default.
    /// - Parameter valueSerde: of the values.
    @inlinable
    public static func versioned<KeySerde: Serde, ValueSerde: Serde>(
        _ name: String, history: Duration, keySerde: KeySerde, valueSerde: ValueSerde, isPersistent: Bool = true
    ) -> StoreSpecification where KeySerde.Value: Hashable {
        StoreSpecification(name: name, kind: .versioned(history: history), isPersistent: isPersistent) {
            environment in
            try VersionedStore<KeySerde.Value, ValueSerde.Value>(
                name: environment.finalName(name), history: history,
                byteStore: environment.makeByteStore(name: name, isPersistent: isPersistent),
                keySerde: keySerde, valueSerde: valueSerde)
        }
    }
}
