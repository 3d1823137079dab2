import MillraceCore
import MillraceSimulation

/// One record of a random input. Pure.
struct Event: Hashable, CustomStringConvertible {
    var topic = "in"
    var key: String
    /// Nil for a null value.
    var value: Int64?
    var time: Int64

    /// The partition that the key chooses among so many.
    func partition(of count: Int32) -> Int32 { Murmur2.partition(key: Array(key.utf8).span.bytes, of: count) }

    var description: String { "\(topic): \(key)=\(value.map { "\($0)" } ?? "null")@\(time)" }
}

/// What random input looks like.
struct EventShape {
    var topics = ["in"]
    var count = 60
    var keys = 4
    /// How far time moves with each record at most.
    var step: Int64 = 8
    /// How far behind a record may be at most; 0: times never go back.
    var disorder: Int64 = 30
    /// One value in so many is null; 0: none.
    var nulls = 0
    /// Times are apart by at least one millisecond, so that no two records tie.
    var hasDistinctTimes = false

    func events(_ random: inout SeededGenerator) -> [Event] {
        var now: Int64 = 0
        return (0..<count).map { index in
            now += Int64.random(in: hasDistinctTimes ? 1...max(1, step) : 0...step, using: &random)
            let back = disorder == 0 ? 0 : random.once(in: 3) ? Int64.random(in: 0...disorder, using: &random) : 0
            return Event(
                topic: topics[Int.random(in: 0..<topics.count, using: &random)],
                key: "k\(Int.random(in: 0..<keys, using: &random))",
                value: random.once(in: nulls) ? nil : Int64.random(in: -9...9, using: &random),
                time: max(0, now - back))
        }
    }
}
