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
