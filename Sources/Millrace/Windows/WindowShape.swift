/// Which windows a point in time belongs to. The aggregation is compiled for each shape, so that tumbling and hopping
/// windows cost a few additions a record. Pure; hot.
@usableFromInline
protocol WindowShape: Sendable {
    /// The start of the earliest window that contains `time`; nil where none does.
    func firstStart(containing time: Int64) -> Int64?

    /// The start of the latest window that contains `time`, which is in one.
    func lastStart(containing time: Int64) -> Int64

    /// The start of the window after the one that begins at `start`; nil where that is the last.
    func start(after start: Int64) -> Int64?

    /// The end of the window that begins at `start`; nil where no `Int64` holds it.
    func end(ofWindowFrom start: Int64) -> Int64?
}

/// Windows of one size, aligned to the epoch, a new one every `advance` (SEMANTICS C1). Pure.
@usableFromInline
struct UniformWindows: Hashable, WindowShape {
    @usableFromInline let sizeMilliseconds: Int64
    @usableFromInline let advanceMilliseconds: Int64

    @inlinable
    init(size: Duration, advance: Duration) {
        sizeMilliseconds = size.wholeMilliseconds
        advanceMilliseconds = advance.wholeMilliseconds
    }

    /// No window starts before the epoch, so early records are in fewer windows.
    @inlinable
    @inline(__always)
    func firstStart(containing time: Int64) -> Int64? {
        let earliest = max(0, time &- sizeMilliseconds &+ advanceMilliseconds)
        return earliest / advanceMilliseconds &* advanceMilliseconds
    }

    @inlinable
    func lastStart(containing time: Int64) -> Int64 { time / advanceMilliseconds &* advanceMilliseconds }

    @inlinable
    @inline(__always)
    func start(after start: Int64) -> Int64? {
        let (next, isBeyondTime) = start.addingReportingOverflow(advanceMilliseconds)
        return isBeyondTime ? nil : next
    }

    @inlinable
    @inline(__always)
    func end(ofWindowFrom start: Int64) -> Int64? {
        let (end, isBeyondTime) = start.addingReportingOverflow(sizeMilliseconds)
        return isBeyondTime ? nil : end
    }
}

/// One window from `start` on (Kafka Streams' `UnlimitedWindows`). Pure.
@usableFromInline
struct UnlimitedWindow: Hashable, WindowShape {
    @usableFromInline let start: Int64

    @inlinable
    init(start: Int64) { self.start = start }

    @inlinable
    func firstStart(containing time: Int64) -> Int64? { time >= start ? start : nil }

    @inlinable
    func lastStart(containing time: Int64) -> Int64 { start }

    @inlinable
    func start(after start: Int64) -> Int64? { nil }

    @inlinable
    func end(ofWindowFrom start: Int64) -> Int64? { .max }
}
