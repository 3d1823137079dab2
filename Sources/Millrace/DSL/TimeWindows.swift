/// Windows of one size, aligned to the epoch: `[start, start + size)`, a new one every `advance`. Tumbling where the
/// advance is the size, else hopping (SEMANTICS C1). Pure.
///
/// A record is late for a window once the window's end plus the grace is not after stream time; it then does not count
/// for that window. There is no default grace: what is right depends on the data (SEMANTICS C7).
public struct TimeWindows: Hashable, Sendable {
    @usableFromInline let sizeMilliseconds: Int64
    @usableFromInline let advanceMilliseconds: Int64
    @usableFromInline let graceMilliseconds: Int64

    /// Windows that lie side by side. Durations are cut to milliseconds.
    @inlinable
    public static func tumbling(size: Duration, grace: Duration) -> TimeWindows {
        TimeWindows(size: size, advance: size, grace: grace)
    }

    /// Windows that overlap: a record belongs to about `size / advance` of them.
    @inlinable
    public static func hopping(size: Duration, advance: Duration, grace: Duration) -> TimeWindows {
        TimeWindows(size: size, advance: advance, grace: grace)
    }

    @inlinable
    init(size: Duration, advance: Duration, grace: Duration) {
        sizeMilliseconds = size.wholeMilliseconds
        advanceMilliseconds = advance.wholeMilliseconds
        graceMilliseconds = grace.wholeMilliseconds
    }

    public var size: Duration { .milliseconds(sizeMilliseconds) }
    public var advance: Duration { .milliseconds(advanceMilliseconds) }
    public var grace: Duration { .milliseconds(graceMilliseconds) }

    /// The start of the first window that contains `time`; the others follow every `advanceMilliseconds` up to `time`.
    /// No window starts before the epoch, so early records are in fewer windows.
    @inlinable
    func firstStart(containing time: Int64) -> Int64 {
        let earliest = max(0, time &- sizeMilliseconds &+ advanceMilliseconds)
        return earliest / advanceMilliseconds &* advanceMilliseconds
    }

    /// What is wrong with the durations; nil where they are fine.
    @usableFromInline
    var problem: String? {
        if sizeMilliseconds <= 0 { return "windows of \(sizeMilliseconds) ms; the size must be at least 1 ms" }
        if advanceMilliseconds <= 0 || advanceMilliseconds > sizeMilliseconds {
            return "windows of \(sizeMilliseconds) ms every \(advanceMilliseconds) ms; "
                + "the advance must be at least 1 ms and at most the size"
        }
        return graceMilliseconds < 0 ? "a grace of \(graceMilliseconds) ms; it must not be negative" : nil
    }
}
