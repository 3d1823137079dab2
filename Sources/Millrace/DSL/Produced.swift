/// How a sink writes its topic: serdes, partitions, name. What is left out comes from the stream.
public struct Produced<Key, Value>: Sendable {
    /// Chooses the partition of a record from its key, its value and the number of partitions; nil leaves the choice
    /// to the key's hash.
    public typealias Partitioner = @Sendable (Key?, Value?, Int32) throws -> Int32?

    @usableFromInline let key: AnySerde<Key>?
    @usableFromInline let value: AnySerde<Value>?
    @usableFromInline let partitioner: Partitioner?
    @usableFromInline let name: String?

    /// - Parameters:
    ///   - partitioner: nil chooses by the hash of the key, as Kafka's Java client does.
    ///   - name: of the sink node; numbered by default.
    ///   - key: of the record or row.
    ///   - value: of the record.
    @inlinable
    public init(
        key: some Serde<Key>, value: some Serde<Value>, partitioner: Partitioner? = nil, name: String? = nil
    ) {
        self.key = AnySerde(key)
        self.value = AnySerde(value)
        self.partitioner = partitioner
        self.name = name
    }

    /// The serdes of the stream.
    @inlinable
    public init(partitioner: Partitioner? = nil, name: String? = nil) {
        key = nil
        value = nil
        self.partitioner = partitioner
        self.name = name
    }
}
