internal import MillraceCore

/// Whether time goes on while no record comes (SEMANTICS D7). Pure.
///
/// Stream time is made by records: where they stop coming, the last windows stay open and what `suppress`, emission on
/// close and outer joins hold back stays unsaid. Kafka Streams leaves it so, and so do we unless told otherwise.
///
///     StreamsConfiguration(…, idlePolicy: .advance(every: .seconds(30)))
///
/// A task is idle once it has processed all that its partitions hold. From the first look at the clock that finds it
/// so, after every full `interval` of wall-clock time its stream time is moved on by `interval`: from the stream time
/// `s` at which it fell idle to `s + interval`, `s + 2 × interval`, and so on, until a record comes. Nothing but the
/// number of intervals depends on the wall clock, so replaying old records does not carry a task into the present.
/// Before time moves, everything that waits for a commit is passed on; then each operator is told, parents before
/// children, the time before which its parents send nothing more. What closes thereby is emitted and committed, with
/// the times, at once. A restart goes on from the committed times.
///
/// The price: a record that comes after the pause with a timestamp from before it may be late. An idle task cannot know
/// that another one, which feeds it, is behind. Choose an interval longer than such delays.
public enum IdlePolicy: Hashable, Sendable {
    /// Time stands still until a record comes.
    case wait
    /// After each such interval without a record, time moves on by as much. At least a millisecond.
    case advance(every: Duration)
}

/// Since when a task has been idle, and how far it has been moved since. Pure.
struct IdleTime {
    /// Wall-clock time of the first look that found it idle.
    let since: Timestamp
    /// Stream time then.
    let base: Timestamp
    /// Records that the task had processed by then: with the next one it is not idle any more.
    let processedRecords: Int
    var intervals: Int64 = 0

    /// The stream time that the task is due to have at `now`; nil where it has it already.
    mutating func advance(to now: Timestamp, every interval: Duration) -> Timestamp? {
        let step = max(1, interval.wholeMilliseconds)
        let due = now.milliseconds(since: since) / step
        guard due > intervals else { return nil }
        intervals = due
        let (distance, overflow) = due.multipliedReportingOverflow(by: step)
        return base.advanced(byMilliseconds: overflow ? .max : distance)
    }
}
