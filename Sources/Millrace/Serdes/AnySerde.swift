/// Any serde of `Value` as two closures, made where the serde's own type is known and can be specialised: what the
/// operators keep, since calls through `any Serde` cannot be. Pure; shared by the tasks of all threads.
public struct AnySerde<Value>: Serde, NamedSerde {
    @usableFromInline let encode: @Sendable (Value, inout ByteWriter) throws -> Void
    @usableFromInline let decode: @Sendable (RawSpan) throws -> Value
    /// Bytes at the end of a key's form that do not count when a partition is chosen: a windowed key goes where its
    /// inner key goes (SEMANTICS C11).
    public let partitionSuffixByteCount: Int
    /// Which serde it is.
    @usableFromInline let identity: SerdeIdentity

    /// The type of the serde that it stands for.
    public var serdeName: String { identity.name }

    /// Wraps `serde`.
    @inlinable
    public init<S: Serde<Value>>(_ serde: S) {
        if let same = serde as? AnySerde<Value> {
            self = same
            return
        }
        encode = { value, writer in try serde.serialize(value, into: &writer) }
        decode = { bytes in try serde.deserialize(bytes) }
        partitionSuffixByteCount = (serde as? any PartitionedByPrefix)?.partitionSuffixByteCount ?? 0
        identity = SerdeIdentity(name: "\(S.self)", hasState: MemoryLayout<S>.size > 0)
    }

    @inlinable
    public func serialize(_ value: Value, into writer: inout ByteWriter) throws { try encode(value, &writer) }

    @inlinable
    public func deserialize(_ bytes: RawSpan) throws -> Value { try decode(bytes) }
}

/// A key serde whose last bytes do not count when a partition is chosen.
public protocol PartitionedByPrefix {
    /// How many bytes at the end of a key do not count when its partition is chosen.
    var partitionSuffixByteCount: Int { get }
}
