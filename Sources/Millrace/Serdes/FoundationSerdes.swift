public import Foundation

/// JSON through `Codable`, keys of objects sorted so that equal values give equal bytes. Makes an encoder or decoder
/// per value: convenient, not fast. Pure.
public struct JSONSerde<Value: Codable & Sendable>: Serde {
    /// The serde; it has no settings.
    public init() {}

    public func serialize(_ value: Value, into writer: inout ByteWriter) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        writer.append(contentsOf: [UInt8](try encoder.encode(value)))
    }

    public func deserialize(_ bytes: RawSpan) throws -> Value {
        let data = bytes.withUnsafeBytes { Data($0) }
        return try JSONDecoder().decode(Value.self, from: data)
    }
}

/// The 36 characters of a UUID in lower case, as Kafka's `UUIDSerializer`.
public struct UUIDSerde: Serde {
    /// The serde; it has no settings.
    public init() {}

    public func serialize(_ value: UUID, into writer: inout ByteWriter) {
        writer.append(utf8: value.uuidString.lowercased())
    }

    public func deserialize(_ bytes: RawSpan) throws -> UUID {
        let text = bytes.lossyUTF8
        guard let value = UUID(uuidString: text) else { throw SerdeError("\(text) is not a UUID") }
        return value
    }
}

extension Serde {
    /// JSON objects of a `Codable` type.
    public static func json<Value>(_ type: Value.Type) -> Self where Self == JSONSerde<Value> { JSONSerde<Value>() }
}

extension Serde where Self == UUIDSerde {
    /// UUIDs in their text form.
    public static var uuid: UUIDSerde { UUIDSerde() }
}

/// Dates as doubles that sort by time: to the precision of `Date`, unlike Kafka's milliseconds. Pure.
public struct DateSerde: OrderedSerde {
    /// The serde; it has no settings.
    public init() {}

    /// Eight.
    public var fixedByteCount: Int? { 8 }

    public func serialize(_ value: Date, into writer: inout ByteWriter) throws {
        try OrderedDoubleSerde().serialize(value.timeIntervalSinceReferenceDate, into: &writer)
    }

    public func deserialize(_ bytes: RawSpan) throws -> Date {
        Date(timeIntervalSinceReferenceDate: try OrderedDoubleSerde().deserialize(bytes))
    }
}

/// The 16 bytes of a UUID, which sort as its text does. Pure.
public struct OrderedUUIDSerde: OrderedSerde {
    /// The serde; it has no settings.
    public init() {}

    /// Sixteen.
    public var fixedByteCount: Int? { 16 }

    public func serialize(_ value: UUID, into writer: inout ByteWriter) {
        withUnsafeBytes(of: value.uuid) { writer.append(contentsOf: [UInt8]($0)) }
    }

    public func deserialize(_ bytes: RawSpan) throws -> UUID {
        guard bytes.byteCount == 16 else {
            throw SerdeError("a UUID of 16 bytes cannot be read from \(bytes.byteCount)")
        }
        return UUID(uuid: bytes.withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) })
    }
}

extension Serde where Self == DateSerde {
    /// Dates whose bytes sort by time.
    public static var date: DateSerde { DateSerde() }
}

extension Serde where Self == OrderedUUIDSerde {
    /// UUIDs in 16 bytes that sort as their text.
    public static func ordered(_ plain: UUIDSerde) -> OrderedUUIDSerde { OrderedUUIDSerde() }
}
