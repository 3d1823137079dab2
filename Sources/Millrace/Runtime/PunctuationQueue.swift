public import MillraceCore

/// Which clock a schedule follows.
public enum PunctuationType: Sendable {
    /// The task's stream time; fires only while records come (SEMANTICS K1, K2).
    case streamTime
    /// By the wall clock.
    case wallClockTime
}

/// The schedules of one task's processors. Times are data: the task asks what is due.
/// A stream-time schedule is due with the first stream time, then at multiples of its interval; a wall-clock schedule
/// first one interval after it was made. Missed firings collapse into one (SEMANTICS K1).
public final class PunctuationQueue {
    private var schedules: [Schedule] = []
    private var scheduledCount = 0
    /// The stream time, in milliseconds, from which on something is due; looked at after every record.
    @exclusivity(unchecked)
    private(set) var nextStreamTimeDue = Int64.max
    private var nextWallClockMilliseconds = Int64.max

    /// A queue without schedules.
    public init() {}

    /// - Parameter callback: given the current stream time or wall-clock time.
    /// - Parameter intervalMilliseconds: between two calls.
    /// - Parameter now: the wall-clock time.
    /// - Parameter type: of what is read.
    public func schedule(
        every intervalMilliseconds: Int64, _ type: PunctuationType, now: Timestamp,
        _ callback: @escaping (Timestamp) throws -> Void
    ) -> Punctuation {
        precondition(intervalMilliseconds > 0, "an interval of \(intervalMilliseconds) ms never passes")
        let due: Int64
        switch type {
        case .streamTime: due = 0
        case .wallClockTime: due = now.advanced(byMilliseconds: intervalMilliseconds).millisecondsSinceEpoch
        }
        let schedule = Schedule(
            type: type, interval: intervalMilliseconds, due: due, order: nextOrder(), callback: callback)
        schedules.append(schedule)
        findNextDue()
        return Punctuation(schedule)
    }

    /// Fires what is due at `time`, each schedule once at most: the longest overdue first; of those due at the same
    /// time, the one that was made, or fired last, before the others (as in Kafka Streams' queue). A callback may
    /// cancel any schedule, its own too, and make new ones: those that are due already, which stream-time schedules
    /// are from the start, fire in the same call. Returns whether anything fired.
    public func fire(_ type: PunctuationType, at time: Timestamp) throws -> Bool {
        var fired = false
        let now = time.millisecondsSinceEpoch
        while let schedule = schedules.filter({ $0.type == type && $0.due <= now && !$0.isCancelled })
            .min(by: { ($0.due, $0.order) < ($1.due, $1.order) })
        {
            fired = true
            schedule.moveOn(past: now)
            try schedule.callback(time)
            schedule.order = nextOrder()
        }
        schedules.removeAll { $0.isCancelled }
        findNextDue()
        return fired
    }

    /// The earliest wall-clock time at which something is due.
    public var nextWallClockDue: Timestamp? {
        nextWallClockMilliseconds == .max ? nil : Timestamp(nextWallClockMilliseconds)
    }

    /// Ends all schedules, and lets go of what they call.
    func cancelAll() {
        for schedule in schedules { schedule.isCancelled = true }
        schedules = []
        findNextDue()
    }

    private func nextOrder() -> Int {
        scheduledCount &+= 1
        return scheduledCount
    }

    private func findNextDue() {
        nextStreamTimeDue = .max
        nextWallClockMilliseconds = .max
        for schedule in schedules where !schedule.isCancelled {
            switch schedule.type {
            case .streamTime: nextStreamTimeDue = min(nextStreamTimeDue, schedule.due)
            case .wallClockTime: nextWallClockMilliseconds = min(nextWallClockMilliseconds, schedule.due)
            }
        }
    }
}

final class Schedule {
    let type: PunctuationType
    let interval: Int64
    var due: Int64
    /// Among schedules due at the same time, the lowest fires first.
    var order: Int
    var isCancelled = false
    let callback: (Timestamp) throws -> Void

    init(
        type: PunctuationType, interval: Int64, due: Int64, order: Int, callback: @escaping (Timestamp) throws -> Void
    ) {
        self.type = type
        self.interval = interval
        self.due = due
        self.order = order
        self.callback = callback
    }

    /// To the next multiple of the interval behind `now`; where there is none before the end of time it is over.
    func moveOn(past now: Int64) {
        let sinceDue = now - due
        let (next, overflow) = (now - sinceDue % interval).addingReportingOverflow(interval)
        if overflow { isCancelled = true } else { due = next }
    }
}

/// A running schedule (Kafka Streams' `Cancellable`).
public struct Punctuation {
    private let schedule: Schedule

    init(_ schedule: Schedule) { self.schedule = schedule }

    /// Ends the schedule: its callback is not called again.
    public func cancel() { schedule.isCancelled = true }
}
