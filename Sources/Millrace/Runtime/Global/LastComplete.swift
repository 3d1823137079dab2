internal import MillraceCore

/// When a copy of a topic last held all of it (SEMANTICS I5): the topic's ends are asked for now and then, and once
/// they have been read the copy is known to have been complete at the time of the question. Pure; owned by the global
/// thread.
struct LastComplete {
    /// So old may the time be that is known.
    static let grainMilliseconds: Int64 = 3_600_000
    /// Between two questions, where the first got no answer.
    static let restMilliseconds: Int64 = 60_000

    private(set) var time: Timestamp?
    private var question: (asOf: Timestamp, ends: [Int32: Offset])?
    private var lastAttempt: Timestamp?

    init(_ time: Timestamp?) { self.time = time }

    /// Whether the ends are to be asked for now. Who asks calls `ask` with the answer, if there is one.
    mutating func isDue(_ now: Timestamp) -> Bool {
        func isPast(_ time: Timestamp?, _ milliseconds: Int64) -> Bool {
            time.map { now.milliseconds(since: $0) >= milliseconds } ?? true
        }
        guard question == nil, isPast(time, Self.grainMilliseconds), isPast(lastAttempt, Self.restMilliseconds) else {
            return false
        }
        lastAttempt = now
        return true
    }

    /// The topic ended there a moment after `asOf`.
    mutating func ask(_ ends: [Int32: Offset], asOf: Timestamp) { question = (asOf, ends) }

    /// All before these positions has been read.
    mutating func reach(_ position: (Int32) -> Offset) {
        guard let (asOf, ends) = question, ends.allSatisfy({ position($0.key) >= $0.value }) else { return }
        time = asOf
        question = nil
    }
}
