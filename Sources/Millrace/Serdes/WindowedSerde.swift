/// The key of a time window as Kafka's `TimeWindowedSerializer` writes it: the inner key, then the window's start in
/// eight bytes. The end is left out, so reading needs the windows' size (SEMANTICS C11). Pure.
public struct TimeWindowedSerde<Inner: Serde>: Serde, PartitionedByPrefix {
    @usableFromInline let inner: Inner
    @usableFromInline let sizeMilliseconds: Int64

    /// - Parameter size: of the windows, rounded down to milliseconds.
    @inlinable
    public init(_ inner: Inner, size: Duration) {
        self.inner = inner
        sizeMilliseconds = size.wholeMilliseconds
    }

    /// The window's start, eight bytes: a windowed key lies where its inner key does (SEMANTICS C11).
    public var partitionSuffixByteCount: Int { 8 }

    @inlinable
    public func serialize(_ value: Windowed<Inner.Value>, into writer: inout ByteWriter) throws {
        try inner.serialize(value.key, into: &writer)
        writer.append(value.window.start.millisecondsSinceEpoch)
    }

    @inlinable
    public func deserialize(_ bytes: RawSpan) throws -> Windowed<Inner.Value> {
        let keyCount = bytes.byteCount - 8
        guard keyCount >= 0 else { throw SerdeError("\(bytes.byteCount) bytes are too few for a windowed key") }
        let key = try inner.deserialize(bytes.extracting(0..<keyCount))
        var reader = ByteReader(position: keyCount)
        let start = Timestamp(try reader.read(Int64.self, from: bytes))
        let window = Window(start: start, end: start.advanced(byMilliseconds: sizeMilliseconds))
        return Windowed(key: key, window: window)
    }
}

extension Serde {
    /// Keys of time windows of one size.
    @inlinable
    public static func windowed<Inner>(_ inner: Inner, size: Duration) -> Self where Self == TimeWindowedSerde<Inner> {
        TimeWindowedSerde(inner, size: size)
    }
}
