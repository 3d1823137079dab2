/// Which records of two streams meet: those of one key with
/// `left - before <= right <= left + after`, both ends included, by their timestamps (SEMANTICS C6). Pure.
///
/// One of `before` and `after` may be negative, as long as their sum is not: `before: .seconds(-5)` asks for right
/// records that are at least five seconds younger. What is wrong with the durations is reported by `build()`.
///
/// The window of a left record and its grace are over once stream time is past `left + after + grace`, that of a
/// right one past `right + before + grace`. A record of a side whose records come out alone if they meet nobody comes
/// out then, and is late if it comes later. Where a pair is all that can come out, records pair as long as the stores
/// keep them. There is no default grace (SEMANTICS C7).
public struct JoinWindows: Hashable, Sendable {
    @usableFromInline let beforeMilliseconds: Int64
    @usableFromInline let afterMilliseconds: Int64
    @usableFromInline let graceMilliseconds: Int64

    /// - Parameters:
    ///   - before: how much older than the left record the right one may be. Cut to milliseconds, as the others.
    ///   - after: how much younger than the left record the right one may be.
    ///   - grace: how long the window of a record stays open after its end.
    @inlinable
    public init(before: Duration, after: Duration, grace: Duration) {
        self.init(
            before: before.wholeMilliseconds, after: after.wholeMilliseconds, grace: grace.wholeMilliseconds)
    }

    @inlinable
    init(before: Int64, after: Int64, grace: Int64) {
        beforeMilliseconds = before
        afterMilliseconds = after
        graceMilliseconds = grace
    }

    /// Records whose timestamps differ by at most `difference`.
    @inlinable
    public static func symmetric(_ difference: Duration, grace: Duration) -> JoinWindows {
        JoinWindows(before: difference, after: difference, grace: grace)
    }

    /// How much older than the left record the right one may be.
    public var before: Duration { .milliseconds(beforeMilliseconds) }
    /// How much younger than the left record the right one may be.
    public var after: Duration { .milliseconds(afterMilliseconds) }
    /// How long the window of a record stays open after its end.
    public var grace: Duration { .milliseconds(graceMilliseconds) }

    /// The same as the right records see it.
    @inlinable var reversed: JoinWindows {
        JoinWindows(before: afterMilliseconds, after: beforeMilliseconds, grace: graceMilliseconds)
    }

    /// How long a record can still be met after stream time has reached it. Kafka Streams keeps one millisecond less,
    /// which loses pairs at the very edge.
    @inlinable var retentionMilliseconds: Int64 {
        max(0, beforeMilliseconds) + max(0, afterMilliseconds) + graceMilliseconds + 1
    }
    @inlinable var kafkaRetentionMilliseconds: Int64 { beforeMilliseconds + afterMilliseconds + graceMilliseconds }

    // MARK: Seen from the left

    /// The oldest and the youngest partner of a record. A time beyond what can be written counts as the last that can.
    @inlinable
    func firstPartner(of time: Int64) -> Int64 { max(0, saturatingSum(time, 0 &- beforeMilliseconds)) }
    @inlinable
    func lastPartner(of time: Int64) -> Int64 { saturatingSum(time, afterMilliseconds) }

    /// When a record's window closes: stream time has to be greater.
    @inlinable
    func close(of time: Int64) -> Int64 { saturatingSum(lastPartner(of: time), graceMilliseconds) }

    /// Whether a record comes too late. One whose partners are all older is in time as long as it is in order.
    @inlinable
    func isLate(_ time: Int64, at streamTime: Int64) -> Bool {
        saturatingSum(time, max(0, afterMilliseconds) + graceMilliseconds) < streamTime
    }

    /// From the oldest to the youngest partner.
    @inlinable
    func window(of time: Int64) -> Window {
        Window(start: Timestamp(firstPartner(of: time)), end: Timestamp(lastPartner(of: time)))
    }

    /// What is wrong with the durations; nil where they are fine.
    @usableFromInline var problem: String? {
        let (size, overflows) = beforeMilliseconds.addingReportingOverflow(afterMilliseconds)
        let largest = JoinWindows.largestMilliseconds
        if overflows || max(beforeMilliseconds.magnitude, afterMilliseconds.magnitude) > largest
            || graceMilliseconds > largest
        {
            return "a join window of more than \(largest) ms"
        }
        if size < 0 {
            return "a join window from \(beforeMilliseconds) ms before to \(afterMilliseconds) ms after, which ends "
                + "before it begins; before plus after must not be negative"
        }
        return graceMilliseconds < 0 ? "a grace of \(graceMilliseconds) ms; it must not be negative" : nil
    }

    /// More than a million years; sums of a few such durations still fit.
    private static var largestMilliseconds: Int64 { 1 << 56 }
}

/// A sum that stops at the ends of what can be written.
@inlinable
func saturatingSum(_ left: Int64, _ right: Int64) -> Int64 {
    let (sum, overflows) = left.addingReportingOverflow(right)
    return overflows ? (right < 0 ? .min : .max) : sum
}
