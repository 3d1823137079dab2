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
    private var ofStreamTime = ScheduleHeap()
    private var ofWallClock = ScheduleHeap()
    /// The stream time, in milliseconds, from which on something may be due; looked at after every record.
    @exclusivity(unchecked)
    private(set) var nextStreamTimeDue = Int64.max

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
        let schedule = Schedule(interval: intervalMilliseconds, due: due, callback: callback)
        add(schedule, type)
        return Punctuation(schedule)
    }

    /// Fires what is due at `time`, each schedule once at most: the longest overdue first, those that are due at the
    /// same time in the order of Kafka Streams' queue (`ScheduleHeap`). A callback may cancel any schedule, its own
    /// too, and make new ones: those that are due already, which stream-time schedules are from the start, fire in the
    /// same call. Returns whether anything fired.
    public func fire(_ type: PunctuationType, at time: Timestamp) throws -> Bool {
        var fired = false
        let now = time.millisecondsSinceEpoch
        while let schedule = takeDue(type, at: now) {
            guard let callback = schedule.callback else { continue }
            fired = true
            try callback(time)
            // It may have cancelled itself.
            if schedule.callback != nil, schedule.moveOn(past: now) { add(schedule, type) }
        }
        return fired
    }

    /// The earliest wall-clock time at which something may be due.
    public var nextWallClockDue: Timestamp? { ofWallClock.first.map { Timestamp($0.due) } }

    /// Ends all schedules, and lets go of what they call.
    func cancelAll() {
        ofStreamTime.cancelAll()
        ofWallClock.cancelAll()
        nextStreamTimeDue = .max
    }

    private func add(_ schedule: Schedule, _ type: PunctuationType) {
        switch type {
        case .streamTime:
            ofStreamTime.add(schedule)
            nextStreamTimeDue = ofStreamTime.first?.due ?? .max
        case .wallClockTime: ofWallClock.add(schedule)
        }
    }

    private func takeDue(_ type: PunctuationType, at now: Int64) -> Schedule? {
        switch type {
        case .streamTime:
            let schedule = ofStreamTime.takeFirst(dueAt: now)
            nextStreamTimeDue = ofStreamTime.first?.due ?? .max
            return schedule
        case .wallClockTime: return ofWallClock.takeFirst(dueAt: now)
        }
    }
}

/// Schedules by the time at which they are due. Of those that are due at the same time the one comes first that a
/// binary heap happens to give: the heap of Java's `PriorityQueue`, on which results in Kafka Streams hang where three
/// or more schedules are due at once. Cancelled ones stay until they are due, for the same reason.
private struct ScheduleHeap {
    private var schedules: [Schedule] = []

    var first: Schedule? { schedules.first }

    mutating func add(_ schedule: Schedule) {
        schedules.append(schedule)
        var place = schedules.count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            if schedule.due >= schedules[parent].due { break }
            schedules[place] = schedules[parent]
            place = parent
        }
        schedules[place] = schedule
    }

    mutating func takeFirst(dueAt now: Int64) -> Schedule? {
        guard let first = schedules.first, first.due <= now, let last = schedules.popLast() else { return nil }
        if !schedules.isEmpty { sink(last) }
        return first
    }

    /// Puts a schedule in the place of the first one, and then as far down as it belongs.
    private mutating func sink(_ schedule: Schedule) {
        var place = 0
        while place < schedules.count / 2 {
            var child = 2 * place + 1
            if child + 1 < schedules.count, schedules[child + 1].due < schedules[child].due { child += 1 }
            if schedule.due <= schedules[child].due { break }
            schedules[place] = schedules[child]
            place = child
        }
        schedules[place] = schedule
    }

    mutating func cancelAll() {
        for schedule in schedules { schedule.callback = nil }
        schedules = []
    }
}

final class Schedule {
    let interval: Int64
    var due: Int64
    /// Nil once the schedule is cancelled.
    var callback: ((Timestamp) throws -> Void)?

    init(interval: Int64, due: Int64, callback: @escaping (Timestamp) throws -> Void) {
        self.interval = interval
        self.due = due
        self.callback = callback
    }

    /// To the next multiple of the interval behind `now`; false where there is none before the end of time.
    func moveOn(past now: Int64) -> Bool {
        let sinceDue = now - due
        let (next, overflow) = (now - sinceDue % interval).addingReportingOverflow(interval)
        due = next
        return !overflow
    }
}

/// A running schedule (Kafka Streams' `Cancellable`).
public struct Punctuation {
    private let schedule: Schedule

    init(_ schedule: Schedule) { self.schedule = schedule }

    /// Ends the schedule: its callback is not called again.
    public func cancel() { schedule.callback = nil }
}
