/// A point in time in milliseconds since 1970-01-01T00:00:00Z, as Kafka's records carry it.
///
/// Kafka allows negative timestamps on the wire (-1 = none); the stream runtime refuses or skips them
/// (`TimestampExtractor`), so they are representable here.
public struct Timestamp: Hashable, Comparable, Sendable {
    public let millisecondsSinceEpoch: Int64

    @inlinable
    public init(millisecondsSinceEpoch: Int64) { self.millisecondsSinceEpoch = millisecondsSinceEpoch }

    /// Shorthand for `init(millisecondsSinceEpoch:)`.
    @inlinable
    public init(_ millisecondsSinceEpoch: Int64) { self.millisecondsSinceEpoch = millisecondsSinceEpoch }

    @inlinable public static var epoch: Timestamp { Timestamp(0) }

    @inlinable
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
    }

    @inlinable
    public func advanced(byMilliseconds milliseconds: Int64) -> Timestamp {
        Timestamp(millisecondsSinceEpoch + milliseconds)
    }

    @inlinable
    public func milliseconds(since other: Timestamp) -> Int64 {
        millisecondsSinceEpoch - other.millisecondsSinceEpoch
    }
}

extension Timestamp: CustomStringConvertible {
    public var description: String { "\(millisecondsSinceEpoch) ms" }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    @inlinable
    public var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
