/// The key of a time window as Kafka's `TimeWindowedSerializer` writes it: the inner key, then the window's start in
/// eight bytes. The end is left out; it follows from the start and the windows, which reading therefore needs
/// (SEMANTICS C11). For sliding windows, whose end is included, the size is their time difference. Pure.
public struct TimeWindowedSerde<Inner: Serde>: Serde, PartitionedByPrefix {
    @usableFromInline let inner: Inner
    @usableFromInline let windows: TimeWindows

    /// - Parameter size: of the windows, rounded down to milliseconds.
    /// - Parameter inner: of the key without its window.
    @inlinable
    public init(_ inner: Inner, size: Duration) {
        self.init(inner, windows: .tumbling(size: size, grace: .zero))
    }

    /// - Parameter windows: that the keys were made with; their grace does not matter.
    /// - Parameter inner: of the key without its window.
    @inlinable
    public init(_ inner: Inner, windows: TimeWindows) {
        self.inner = inner
        self.windows = windows
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
        return Windowed(key: key, window: windows.window(from: start))
    }
}

extension Serde {
    /// Keys of time windows of one size.
    @inlinable
    public static func windowed<Inner>(_ inner: Inner, size: Duration) -> Self where Self == TimeWindowedSerde<Inner> {
        TimeWindowedSerde(inner, size: size)
    }

    /// Keys of time windows of any kind: those of a calendar are of different lengths.
    @inlinable
    public static func windowed<Inner>(
        _ inner: Inner, windows: TimeWindows
    ) -> Self where Self == TimeWindowedSerde<Inner> {
        TimeWindowedSerde(inner, windows: windows)
    }
}
