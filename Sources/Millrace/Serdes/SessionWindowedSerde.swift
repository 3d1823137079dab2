/// The key of a session as Kafka's `SessionWindowedSerializer` writes it: the inner key, then the session's end and
/// start in eight bytes each. Pure.
public struct SessionWindowedSerde<Inner: Serde>: Serde, PartitionedByPrefix {
    @usableFromInline let inner: Inner

    /// - Parameter inner: of the keys that are in sessions.
    @inlinable
    public init(_ inner: Inner) { self.inner = inner }

    /// End and start, sixteen bytes: a windowed key lies where its inner key does (SEMANTICS C11).
    public var partitionSuffixByteCount: Int { 16 }

    @inlinable
    public func serialize(_ value: Windowed<Inner.Value>, into writer: inout ByteWriter) throws {
        try inner.serialize(value.key, into: &writer)
        writer.append(value.window.end.millisecondsSinceEpoch)
        writer.append(value.window.start.millisecondsSinceEpoch)
    }

    @inlinable
    public func deserialize(_ bytes: RawSpan) throws -> Windowed<Inner.Value> {
        let keyCount = bytes.byteCount - 16
        guard keyCount >= 0 else { throw SerdeError("\(bytes.byteCount) bytes are too few for a session's key") }
        let key = try inner.deserialize(bytes.extracting(0..<keyCount))
        var reader = ByteReader(position: keyCount)
        let end = Timestamp(try reader.read(Int64.self, from: bytes))
        let start = Timestamp(try reader.read(Int64.self, from: bytes))
        return Windowed(key: key, window: Window(start: start, end: end))
    }
}

extension Serde {
    /// Keys of sessions.
    @inlinable
    public static func sessionWindowed<Inner>(_ inner: Inner) -> Self where Self == SessionWindowedSerde<Inner> {
        SessionWindowedSerde(inner)
    }
}
