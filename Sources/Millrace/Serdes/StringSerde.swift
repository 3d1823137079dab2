/// UTF-8. Bad sequences are read as U+FFFD, as Kafka's `StringDeserializer` does. Pure.
public struct StringSerde: Serde {
    /// The serde; it has no settings.
    @inlinable public init() {}

    @inlinable
    public func serialize(_ value: String, into writer: inout ByteWriter) { writer.append(utf8: value) }

    @inlinable
    public func deserialize(_ bytes: RawSpan) -> String { bytes.lossyUTF8 }
}

extension Serde where Self == StringSerde {
    /// UTF-8 text (Kafka's `Serdes.String()`).
    @inlinable public static var string: StringSerde { StringSerde() }
}
