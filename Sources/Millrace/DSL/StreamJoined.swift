/// How two streams are joined: serdes for the stores and the repartition topics, names, place of the stores. What is
/// left out comes from the streams.
///
///     StreamJoined(key: .string, left: .json(Question.self), right: .json(Answer.self), name: "answered")
public struct StreamJoined<Key, Left, Right>: Sendable {
    @usableFromInline let key: AnySerde<Key>?
    @usableFromInline let left: AnySerde<Left>?
    @usableFromInline let right: AnySerde<Right>?
    @usableFromInline let name: String?
    @usableFromInline let storeName: String?
    @usableFromInline var isPersistent = true
    @usableFromInline var isLogged = true

    /// - Parameters:
    ///   - name: of the join's nodes and repartition topics, which get endings; numbered by default.
    ///   - storeName: of the join's stores, which get endings; numbered by default.
    @inlinable
    public init(name: String? = nil, storeName: String? = nil) {
        key = nil
        left = nil
        right = nil
        self.name = name
        self.storeName = storeName
    }

    /// The same with serdes of its own for the key and for the values of both streams.
    @inlinable
    public init(
        key: some Serde<Key>, left: some Serde<Left>, right: some Serde<Right>, name: String? = nil,
        storeName: String? = nil
    ) {
        self.key = AnySerde(key)
        self.left = AnySerde(left)
        self.right = AnySerde(right)
        self.name = name
        self.storeName = storeName
    }

    /// Keeps the join's stores in RocksDB, the default, or in memory.
    public func stored(_ location: Materialized<Key, Left>.Location) -> StreamJoined {
        var copy = self
        copy.isPersistent = location == .persistent
        return copy
    }

    /// Without changelogs what the join remembers is lost with its task's place.
    public func withoutChangelog() -> StreamJoined {
        var copy = self
        copy.isLogged = false
        return copy
    }
}
