/// Windows that do not depend on the records in them: tumbling, hopping, unlimited, or days, weeks and months of a
/// calendar. Each begins at `start` and ends before `end` (SEMANTICS C1). Pure.
///
/// A record is late for a window once the window's end plus the grace is not after stream time; it then does not count
/// for that window. There is no default grace: what is right depends on the data (SEMANTICS C7).
public struct TimeWindows: Hashable, Sendable {
    @usableFromInline
    enum Shape: Hashable, Sendable {
        case uniform(UniformWindows)
        case unlimited(UnlimitedWindow)
        case calendar(CalendarWindows)
    }

    @usableFromInline let shape: Shape
    @usableFromInline let graceMilliseconds: Int64

    @inlinable
    init(_ shape: Shape, grace: Duration) {
        self.shape = shape
        graceMilliseconds = grace.wholeMilliseconds
    }

    /// Windows that lie side by side. Durations are cut to milliseconds.
    @inlinable
    public static func tumbling(size: Duration, grace: Duration) -> TimeWindows {
        hopping(size: size, advance: size, grace: grace)
    }

    /// Windows that overlap: a record belongs to about `size / advance` of them.
    @inlinable
    public static func hopping(size: Duration, advance: Duration, grace: Duration) -> TimeWindows {
        TimeWindows(.uniform(UniformWindows(size: size, advance: advance)), grace: grace)
    }

    /// One window from `start` to the end of time: it never closes. Earlier records are in no window; they are not
    /// counted as dropped.
    @inlinable
    public static func unlimited(from start: Timestamp = .epoch) -> TimeWindows {
        TimeWindows(.unlimited(UnlimitedWindow(start: start.millisecondsSinceEpoch)), grace: .zero)
    }

    /// Days, weeks or months as the clocks of a zone show them. A day on which clocks are changed is an hour longer or
    /// shorter. There are variants of this method for Foundation's `TimeZone` and for zones known by other means.
    @inlinable
    public static func calendar(_ unit: CalendarUnit, in zone: ZoneTransitions, grace: Duration) -> TimeWindows {
        TimeWindows(.calendar(CalendarWindows(unit: unit, zone: zone)), grace: grace)
    }

    /// How long a window is at most: what retention and memory go by.
    public var size: Duration { .milliseconds(sizeMilliseconds) }
    /// From the start of one window to that of the next; the size where they do not overlap.
    public var advance: Duration {
        if case .uniform(let windows) = shape { .milliseconds(windows.advanceMilliseconds) } else { size }
    }
    /// How long after its end a window still takes records.
    public var grace: Duration { .milliseconds(graceMilliseconds) }

    @usableFromInline var sizeMilliseconds: Int64 {
        switch shape {
        case .uniform(let windows): windows.sizeMilliseconds
        case .unlimited: .max
        case .calendar(let windows): windows.longestMilliseconds
        }
    }

    /// Whether windows end at all.
    @usableFromInline var areClosing: Bool {
        if case .unlimited = shape { false } else { true }
    }

    /// The window that begins at `start`.
    public func window(from start: Timestamp) -> Window {
        let end: Int64? =
            switch shape {
            case .uniform(let windows): windows.end(ofWindowFrom: start.millisecondsSinceEpoch)
            case .unlimited: nil
            case .calendar(let windows): windows.end(ofWindowFrom: start.millisecondsSinceEpoch)
            }
        return Window(start: start, end: Timestamp(end ?? .max))
    }

    /// What is wrong with the durations; nil where they are fine.
    @usableFromInline
    var problem: String? {
        switch shape {
        case .uniform(let windows):
            let (size, advance) = (windows.sizeMilliseconds, windows.advanceMilliseconds)
            if size <= 0 { return "windows of \(size) ms; the size must be at least 1 ms" }
            if advance <= 0 || advance > size {
                return "windows of \(size) ms every \(advance) ms; "
                    + "the advance must be at least 1 ms and at most the size"
            }
        case .unlimited(let window) where window.start < 0:
            return "an unlimited window from \(window.start) ms; it must not begin before the epoch"
        case .unlimited, .calendar: break
        }
        return graceMilliseconds < 0 ? "a grace of \(graceMilliseconds) ms; it must not be negative" : nil
    }
}
