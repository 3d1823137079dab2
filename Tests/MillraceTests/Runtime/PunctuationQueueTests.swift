import MillraceCore
import Testing

@testable import Millrace

@Suite("PunctuationQueue")
struct PunctuationQueueTests {
    /// The names of the schedules that fire at each of `times`, which are made with these intervals.
    private func firings(_ intervals: [(String, Int64)], at times: [Int64]) throws -> [[String]] {
        let queue = PunctuationQueue()
        var fired: [String] = []
        for (name, interval) in intervals {
            _ = queue.schedule(every: interval, .streamTime, now: .epoch) { _ in fired.append(name) }
        }
        return try times.map { time in
            fired = []
            _ = try queue.fire(.streamTime, at: Timestamp(time))
            return fired
        }
    }

    @Test("the longest overdue fires first; of equals the one that fired longest ago (vector 14-h034)")
    func order() throws {
        #expect(
            try firings([("a", 10), ("b", 20)], at: [1, 11, 21, 45, 60])
                == [["a", "b"], ["a"], ["b", "a"], ["a", "b"], ["a", "b"]])
    }

    @Test("three and more that are due at once fire as the heap of Kafka Streams' queue gives them")
    func heapOrder() throws {
        let names = ["a", "b", "c", "d", "e"].map { ($0, Int64(100)) }
        #expect(try firings(Array(names[..<3]), at: [1, 100]) == [["a", "c", "b"], ["c", "b", "a"]])
        #expect(try firings(names, at: [1])[0] == ["a", "e", "b", "d", "c"])
        // Once each: what is cancelled does not come again.
        let queue = PunctuationQueue()
        var fired: [String] = []
        for name in ["a", "b", "c", "d"] {
            var own: Punctuation?
            own = queue.schedule(every: 10, .wallClockTime, now: .epoch) { _ in
                fired.append(name)
                own?.cancel()
            }
        }
        #expect(try queue.fire(.wallClockTime, at: Timestamp(10)))
        #expect(fired == ["a", "d", "c", "b"])
        #expect(try !queue.fire(.wallClockTime, at: Timestamp(1_000)))
        #expect(queue.nextWallClockDue == nil)
    }

    @Test("missed firings collapse into one; the next is at a multiple of the interval")
    func collapse() throws {
        #expect(try firings([("a", 10)], at: [5, 9, 57, 59, 60]) == [["a"], [], ["a"], [], ["a"]])
    }

    @Test("the end of time is the last time a schedule fires")
    func endOfTime() throws {
        #expect(try firings([("a", 1_000)], at: [.max - 500, .max, .max]) == [["a"], [], []])
        #expect(try firings([("a", 7)], at: [1, .max, .max]) == [["a"], ["a"], []])
        let queue = PunctuationQueue()
        _ = queue.schedule(every: .max, .wallClockTime, now: Timestamp(10)) { _ in }
        #expect(try !queue.fire(.wallClockTime, at: Timestamp(1 << 50)))
    }

    @Test("a schedule can be cancelled by another's callback, and one made by a callback waits")
    func changes() throws {
        let queue = PunctuationQueue()
        var fired: [String] = []
        var second: Punctuation?
        _ = queue.schedule(every: 10, .wallClockTime, now: Timestamp(0)) { _ in
            fired.append("first")
            second?.cancel()
            _ = queue.schedule(every: 1, .streamTime, now: Timestamp(0)) { _ in fired.append("made") }
        }
        second = queue.schedule(every: 10, .wallClockTime, now: Timestamp(0)) { _ in fired.append("second") }
        #expect(queue.nextWallClockDue == Timestamp(10))
        #expect(try !queue.fire(.wallClockTime, at: Timestamp(9)))
        #expect(try queue.fire(.wallClockTime, at: Timestamp(10)))
        #expect(fired == ["first"])
        #expect(try queue.fire(.streamTime, at: Timestamp(0)))
        #expect(fired == ["first", "made"])
    }

    @Test("a stream-time schedule made by a callback of one is due at once; a callback can end its own (K1)")
    func rescheduled() throws {
        let queue = PunctuationQueue()
        var fired: [String] = []
        var own: Punctuation?
        func tick(_ count: Int) {
            own = queue.schedule(every: Int64(10 * count), .streamTime, now: .epoch) { time in
                fired.append("\(count)@\(time.millisecondsSinceEpoch)")
                own?.cancel()
                if count < 3 { tick(count + 1) }
            }
        }
        tick(1)
        #expect(try queue.fire(.streamTime, at: Timestamp(5)))
        #expect(fired == ["1@5", "2@5", "3@5"])
        #expect(try !queue.fire(.streamTime, at: Timestamp(500)))
        _ = queue.schedule(every: 10, .wallClockTime, now: Timestamp(0)) { _ in
            fired.append("wall")
            _ = queue.schedule(every: 10, .wallClockTime, now: Timestamp(10)) { _ in fired.append("later") }
        }
        fired = []
        #expect(try queue.fire(.wallClockTime, at: Timestamp(10)))
        #expect(fired == ["wall"])
        #expect(queue.nextWallClockDue == Timestamp(20))
    }
}
