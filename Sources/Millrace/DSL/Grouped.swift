/// How a stream is grouped: serdes and name of the repartition topic that it may need. What is left out comes from
/// the stream.
public struct Grouped<Key, Value>: Sendable {
    @usableFromInline let key: AnySerde<Key>?
    @usableFromInline let value: AnySerde<Value>?
    @usableFromInline let name: String?

    /// - Parameter name: of the repartition topic and of the node that chooses the key.
    /// - Parameter key: of the record or row.
    /// - Parameter value: of the record.
    @inlinable
    public init(key: some Serde<Key>, value: some Serde<Value>, name: String? = nil) {
        self.key = AnySerde(key)
        self.value = AnySerde(value)
        self.name = name
    }

    /// The values keep the serde of the stream.
    @inlinable
    public init(key: some Serde<Key>, name: String? = nil) {
        self.key = AnySerde(key)
        value = nil
        self.name = name
    }

    /// Keys and values keep the serdes of the stream.
    @inlinable
    public init(name: String? = nil) {
        key = nil
        value = nil
        self.name = name
    }
}
