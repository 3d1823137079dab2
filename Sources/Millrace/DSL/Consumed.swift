/// How a source reads its topic: serdes, time, name.
///
///     builder.stream("clicks", Consumed(key: .string, value: .json(Click.self)))
public struct Consumed<Key, Value>: Sendable {
    @usableFromInline let key: AnySerde<Key>
    @usableFromInline let value: AnySerde<Value>
    @usableFromInline let timestampExtractor: TimestampExtractor<Key, Value>
    @usableFromInline let name: String?

    /// - Parameter name: of the source node; numbered by default.
    /// - Parameter key: of the record or row.
    /// - Parameter timestampExtractor: where the time comes from.
    /// - Parameter value: of the record.
    @inlinable
    public init(
        key: some Serde<Key>, value: some Serde<Value>, timestampExtractor: TimestampExtractor<Key, Value> = .fail,
        name: String? = nil
    ) {
        self.key = AnySerde(key)
        self.value = AnySerde(value)
        self.timestampExtractor = timestampExtractor
        self.name = name
    }
}
