// From closures of plain values to closures of optional ones. Pure.

/// `body` for records whose key and value are there; throws `UnexpectedNull` for others.
@inlinable
func nonNull<Key, Value, Result>(
    _ body: @escaping @Sendable (Key, Value) throws -> Result
) -> @Sendable (Key?, Value?) throws -> Result {
    { key, value in
        guard let key else { throw UnexpectedNull(.key) }
        guard let value else { throw UnexpectedNull(.value) }
        return try body(key, value)
    }
}

/// The same for closures that see the value only.
@inlinable
func nonNullValue<Key, Value, Result>(
    _ body: @escaping @Sendable (Value) throws -> Result
) -> @Sendable (Key?, Value?) throws -> Result {
    { _, value in
        guard let value else { throw UnexpectedNull(.value) }
        return try body(value)
    }
}
