/// A point in time in milliseconds since 1970-01-01T00:00:00Z, as Kafka's records carry it.
///
/// Kafka allows negative timestamps on the wire (-1 = none); the stream runtime refuses or skips them
/// (`TimestampExtractor`), so they are representable here.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01 UTC; may be negative.
    public let millisecondsSinceEpoch: Int64

    /// The timestamp at these milliseconds.
    @inlinable
    public init(millisecondsSinceEpoch: Int64) { self.millisecondsSinceEpoch = millisecondsSinceEpoch }

    /// Shorthand for `init(millisecondsSinceEpoch:)`.
    @inlinable
    public init(_ millisecondsSinceEpoch: Int64) { self.millisecondsSinceEpoch = millisecondsSinceEpoch }

    /// 1970-01-01 00:00 UTC.
    @inlinable public static var epoch: Timestamp { Timestamp(0) }

    @inlinable
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
    }

    /// Stops at the ends of time: records may carry any timestamp.
    @inlinable
    public func advanced(byMilliseconds milliseconds: Int64) -> Timestamp {
        let (sum, overflow) = millisecondsSinceEpoch.addingReportingOverflow(milliseconds)
        return Timestamp(overflow ? (milliseconds < 0 ? .min : .max) : sum)
    }

    /// The longest time an `Int64` holds where it is longer still.
    @inlinable
    public func milliseconds(since other: Timestamp) -> Int64 {
        let (difference, overflow) = millisecondsSinceEpoch.subtractingReportingOverflow(other.millisecondsSinceEpoch)
        return overflow ? (other < self ? .max : .min) : difference
    }
}

extension Timestamp: CustomStringConvertible {
    public var description: String { "\(millisecondsSinceEpoch) ms" }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero; at most what an `Int64` holds.
    @inlinable
    public var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        let (sum, isTooLong) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return overflow || isTooLong ? (seconds < 0 ? .min : .max) : sum
    }

    /// The nanoseconds of its whole milliseconds, at most what a `UInt64` holds; 0 for a negative one.
    @inlinable
    public var wholeNanoseconds: UInt64 {
        let (product, overflow) = UInt64(max(0, wholeMilliseconds)).multipliedReportingOverflow(by: 1_000_000)
        return overflow ? .max : product
    }
}
