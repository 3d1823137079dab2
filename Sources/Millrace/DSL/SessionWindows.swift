/// Sessions: stretches of activity of a key with less than a gap of silence between one record and the next. A session
/// includes its first and its last moment; one that begins exactly `gap` after another ended is part of it
/// (SEMANTICS C4, I2). Pure.
///
/// A record joins the sessions that lie within `gap` of it, which may merge them, or begins one. It is late where the
/// session that it would be part of ended more than gap and grace before stream time. There is no default grace: what
/// is right depends on the data (SEMANTICS C7).
public struct SessionWindows: Hashable, Sendable {
    @usableFromInline let gapMilliseconds: Int64
    @usableFromInline let graceMilliseconds: Int64

    /// Sessions that end after `gap` without a record. Durations are cut to milliseconds.
    @inlinable
    public static func session(gap: Duration, grace: Duration) -> SessionWindows {
        SessionWindows(gapMilliseconds: gap.wholeMilliseconds, graceMilliseconds: grace.wholeMilliseconds)
    }

    @inlinable
    init(gapMilliseconds: Int64, graceMilliseconds: Int64) {
        self.gapMilliseconds = gapMilliseconds
        self.graceMilliseconds = graceMilliseconds
    }

    /// Silence that ends a session.
    public var gap: Duration { .milliseconds(gapMilliseconds) }
    /// How much longer a session takes records.
    public var grace: Duration { .milliseconds(graceMilliseconds) }

    /// How long after its end a session can still change: gap and grace.
    @usableFromInline
    var openMilliseconds: Int64 {
        let (sum, isTooLong) = gapMilliseconds.addingReportingOverflow(graceMilliseconds)
        return isTooLong ? .max : sum
    }

    /// What is wrong with the durations; nil where they are fine.
    @usableFromInline
    var problem: String? {
        if gapMilliseconds <= 0 { return "sessions with a gap of \(gapMilliseconds) ms; it must be at least 1 ms" }
        return graceMilliseconds < 0 ? "a grace of \(graceMilliseconds) ms; it must not be negative" : nil
    }
}
