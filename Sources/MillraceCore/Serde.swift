/// How values of a type become bytes and come back (Kafka Streams' `Serde`). Null keys and values never reach a
/// serde: the runtime keeps them as nil.
///
/// A conforming type is called on the record path by several threads at once: make it a small struct without state.
///
///     struct CelsiusSerde: Serde {
///         func serialize(_ value: Celsius, into writer: inout ByteWriter) { writer.append(value.bitPattern) }
///         func deserialize(_ bytes: RawSpan) throws -> Celsius { … }
///     }
public protocol Serde<Value>: Sendable {
    /// What is written and read.
    associatedtype Value

    /// Appends the bytes of `value` to what `writer` holds. Equal values must give equal bytes where they serve as
    /// keys: partitions, stores and changelogs go by the bytes.
    func serialize(_ value: Value, into writer: inout ByteWriter) throws

    /// Reads a value from all of `bytes`. Throws where they are not the form of one.
    func deserialize(_ bytes: RawSpan) throws -> Value
}

/// Bytes that a serde cannot read as a value.
public struct SerdeError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// An error that says `description`.
    public init(_ description: String) { self.description = description }
}
