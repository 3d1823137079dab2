public import MillraceCore

/// What flows from operator to operator. A null key or value is nil; `Value` itself never stands for null.
public struct Record<Key, Value> {
    /// Nil is a null key.
    public var key: Key?
    /// Nil is a null value.
    public var value: Value?
    /// When what the record tells of happened.
    public var timestamp: Timestamp
    /// Name and value pairs that travel along.
    public var headers: Headers

    /// A record of these parts.
    @inlinable
    public init(key: Key?, value: Value?, timestamp: Timestamp, headers: Headers = .empty) {
        self.key = key
        self.value = value
        self.timestamp = timestamp
        self.headers = headers
    }

    /// The same record with another value.
    @inlinable
    public func with<NewValue>(value: NewValue?) -> Record<Key, NewValue> {
        Record<Key, NewValue>(key: key, value: value, timestamp: timestamp, headers: headers)
    }

    /// The same record with another key.
    @inlinable
    public func with<NewKey>(key: NewKey?) -> Record<NewKey, Value> {
        Record<NewKey, Value>(key: key, value: value, timestamp: timestamp, headers: headers)
    }
}

/// An update of a table's row: what flows from table operator to table operator. Nil is "no row".
public struct Change<Value> {
    /// The row as it is now.
    public var new: Value?
    /// Nil also where nobody downstream asked for old values.
    public var old: Value?
    /// False for an out-of-order update of a versioned table, which does not change the latest version.
    public var isLatest: Bool

    /// A change of these parts.
    @inlinable
    public init(new: Value?, old: Value?, isLatest: Bool = true) {
        self.new = new
        self.old = old
        self.isLatest = isLatest
    }
}

extension Record: Equatable where Key: Equatable, Value: Equatable {}
extension Record: Hashable where Key: Hashable, Value: Hashable {}
extension Record: Sendable where Key: Sendable, Value: Sendable {}

extension Change: Equatable where Value: Equatable {}
extension Change: Hashable where Value: Hashable {}
extension Change: Sendable where Value: Sendable {}
