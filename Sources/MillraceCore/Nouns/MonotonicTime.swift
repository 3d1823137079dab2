/// A point on a clock that never goes back, in whole milliseconds from an arbitrary start; for deadlines only.
/// Pure. Apart from `Timestamp` so that a wall clock that is set cannot expire a session or hold a rebalance up.
public struct MonotonicTime: Hashable, Comparable, Sendable {
    /// Milliseconds since some moment before the process began.
    public let milliseconds: Int64

    /// The time at these milliseconds.
    @inlinable
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// What `Clock.monotonicNanoseconds` gave.
    @inlinable
    public init(nanoseconds: UInt64) { milliseconds = Int64(nanoseconds / 1_000_000) }

    @inlinable
    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The time `duration` later; cut to milliseconds.
    @inlinable
    public func advanced(by duration: Duration) -> MonotonicTime {
        let (sum, overflow) = milliseconds.addingReportingOverflow(duration.wholeMilliseconds)
        return MonotonicTime(milliseconds: overflow ? .max : sum)
    }
}
