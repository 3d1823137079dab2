/// Windows around each record (KIP-450): for a record at `t`, one that ends with it, `[t - difference, t]`, and one
/// that begins after it, `[t + 1, t + 1 + difference]`, where that holds records. Both bounds are included, so two
/// records share a window if they are at most `difference` apart. Windows with the same records exist once (SEMANTICS
/// C5). Records earlier than the difference share the window `[0, difference]`. Pure.
///
/// A window is closed once its end plus the grace is before stream time. There is no default grace (SEMANTICS C7).
public struct SlidingWindows: Hashable, Sendable {
    @usableFromInline let differenceMilliseconds: Int64
    @usableFromInline let graceMilliseconds: Int64

    /// - Parameters:
    ///   - difference: how far apart records of one window are at most. Cut to milliseconds.
    ///   - grace: how long after its end a window still takes records.
    @inlinable
    public init(difference: Duration, grace: Duration) {
        differenceMilliseconds = difference.wholeMilliseconds
        graceMilliseconds = grace.wholeMilliseconds
    }

    /// Windows around each record, for `KGroupedStream.windowed(by:)`.
    @inlinable
    public static func sliding(difference: Duration, grace: Duration) -> SlidingWindows {
        SlidingWindows(difference: difference, grace: grace)
    }

    /// How far apart records of one window are at most.
    public var difference: Duration { .milliseconds(differenceMilliseconds) }
    /// How long after its end a window still takes records.
    public var grace: Duration { .milliseconds(graceMilliseconds) }

    /// The window that begins at `start`; it contains its end.
    @inlinable
    public func window(from start: Timestamp) -> Window {
        Window(start: start, end: start.advanced(byMilliseconds: differenceMilliseconds))
    }

    /// How long windows are kept by default. Two milliseconds longer than in Kafka Streams, whose store has forgotten
    /// the windows that those of a record at the end of the grace are made from.
    var neededRetention: Duration { retentionOfKafkaStreams + .milliseconds(2) }

    /// What Kafka Streams asks for, and keeps.
    @usableFromInline var retentionOfKafkaStreams: Duration { difference * 2 + grace }

    /// What is wrong with the durations; nil where they are fine.
    @usableFromInline var problem: String? {
        if differenceMilliseconds < 0 { return "a difference of \(differenceMilliseconds) ms; it must not be negative" }
        return graceMilliseconds < 0 ? "a grace of \(graceMilliseconds) ms; it must not be negative" : nil
    }
}
