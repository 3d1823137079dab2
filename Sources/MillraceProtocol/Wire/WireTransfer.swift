public import MillraceCore

/// One direction of the wire: a reader that fills fields, a writer that puts them out, or a recorder that only looks
/// at their names and types. A message describes its fields once, in `transfer`, for all of them.
///
/// Names are those of Kafka's message schemas: they are held against the schemas by a test, and serve errors.
/// Fields that a version lacks are left out by the message: `if wire.version >= 3 { … }`.
public protocol WireTransfer: ~Copyable {
    /// The version of the message.
    var version: Int16 { get }
    /// Compact lengths and tagged fields (KIP-482).
    var isFlexible: Bool { get }

    mutating func field(_ name: StaticString, _ value: inout Bool) throws(WireError)
    mutating func field(_ name: StaticString, _ value: inout Int8) throws(WireError)
    mutating func field(_ name: StaticString, _ value: inout Int16) throws(WireError)
    mutating func field(_ name: StaticString, _ value: inout UInt16) throws(WireError)
    mutating func field(_ name: StaticString, _ value: inout Int32) throws(WireError)
    mutating func field(_ name: StaticString, _ value: inout UInt32) throws(WireError)
    mutating func field(_ name: StaticString, _ value: inout Int64) throws(WireError)
    mutating func field(_ name: StaticString, _ value: inout Double) throws(WireError)
    mutating func field(_ name: StaticString, _ value: inout WireUUID) throws(WireError)
    mutating func field(_ name: StaticString, _ value: inout String) throws(WireError)
    mutating func field(_ name: StaticString, _ value: inout [UInt8]) throws(WireError)
    /// - Parameter nullableSince: the first version whose bytes may say null.
    mutating func field(_ name: StaticString, _ value: inout String?, nullableSince: Int16) throws(WireError)
    mutating func field(_ name: StaticString, _ value: inout [UInt8]?, nullableSince: Int16) throws(WireError)
    mutating func field(_ name: StaticString, _ value: inout WireRecords) throws(WireError)
    /// Never compact, whatever the version: the client id of a request header.
    mutating func classicNullableString(_ name: StaticString, _ value: inout String?) throws(WireError)
    /// One structure in place (tagged fields included).
    mutating func field<Value: WireStruct>(_ name: StaticString, _ value: inout Value) throws(WireError)
    /// One structure or none: a byte says which (KIP-893).
    mutating func field<Value: WireStruct>(_ name: StaticString, _ value: inout Value?) throws(WireError)
    mutating func array<Element: WireStruct>(_ name: StaticString, _ value: inout [Element]) throws(WireError)
    mutating func array<Element: WireStruct>(
        _ name: StaticString, _ value: inout [Element]?, nullableSince: Int16) throws(WireError)
    /// Of integers, strings and UUIDs.
    mutating func array<Element: WireScalar>(_ name: StaticString, _ value: inout [Element]) throws(WireError)
    mutating func array<Element: WireScalar>(
        _ name: StaticString, _ value: inout [Element]?, nullableSince: Int16) throws(WireError)
}

extension WireTransfer where Self: ~Copyable {
    /// A string that may be null in all versions.
    @inlinable
    public mutating func field(_ name: StaticString, _ value: inout String?) throws(WireError) {
        try field(name, &value, nullableSince: 0)
    }

    /// Bytes that may be null in all versions.
    @inlinable
    public mutating func field(_ name: StaticString, _ value: inout [UInt8]?) throws(WireError) {
        try field(name, &value, nullableSince: 0)
    }

    /// An array that may be null in all versions.
    @inlinable
    public mutating func array<Element: WireStruct>(
        _ name: StaticString, _ value: inout [Element]?
    ) throws(WireError) {
        try array(name, &value, nullableSince: 0)
    }

    /// An array that may be null in all versions.
    @inlinable
    public mutating func array<Element: WireScalar>(
        _ name: StaticString, _ value: inout [Element]?
    ) throws(WireError) {
        try array(name, &value, nullableSince: 0)
    }

    /// An error code. A code that we do not know is read as `unknownServerError`.
    @inlinable
    public mutating func field(_ name: StaticString, _ value: inout KafkaErrorCode) throws(WireError) {
        var code = value.rawValue
        try field(name, &code)
        value = KafkaErrorCode(rawValue: code) ?? .unknownServerError
    }
}

/// What arrays of plain values hold.
public protocol WireScalar: Sendable {
    /// A value to begin from when an element is read.
    static var blank: Self { get }
    /// Moves one element. Arrays call it; messages use `array`.
    mutating func transfer<Wire: WireTransfer & ~Copyable>(
        _ name: StaticString, _ wire: inout Wire) throws(WireError)
}

extension WireScalar where Self: FixedWidthInteger {
    public static var blank: Self { 0 }
}

extension Int8: WireScalar {
    @inlinable
    public mutating func transfer<Wire: WireTransfer & ~Copyable>(
        _ name: StaticString, _ wire: inout Wire
    ) throws(WireError) { try wire.field(name, &self) }
}

extension Int16: WireScalar {
    @inlinable
    public mutating func transfer<Wire: WireTransfer & ~Copyable>(
        _ name: StaticString, _ wire: inout Wire
    ) throws(WireError) { try wire.field(name, &self) }
}

extension Int32: WireScalar {
    @inlinable
    public mutating func transfer<Wire: WireTransfer & ~Copyable>(
        _ name: StaticString, _ wire: inout Wire
    ) throws(WireError) { try wire.field(name, &self) }
}

extension Int64: WireScalar {
    @inlinable
    public mutating func transfer<Wire: WireTransfer & ~Copyable>(
        _ name: StaticString, _ wire: inout Wire
    ) throws(WireError) { try wire.field(name, &self) }
}

extension String: WireScalar {
    public static var blank: String { "" }

    @inlinable
    public mutating func transfer<Wire: WireTransfer & ~Copyable>(
        _ name: StaticString, _ wire: inout Wire
    ) throws(WireError) { try wire.field(name, &self) }
}

extension WireUUID: WireScalar {
    public static var blank: WireUUID { .zero }

    @inlinable
    public mutating func transfer<Wire: WireTransfer & ~Copyable>(
        _ name: StaticString, _ wire: inout Wire
    ) throws(WireError) { try wire.field(name, &self) }
}
