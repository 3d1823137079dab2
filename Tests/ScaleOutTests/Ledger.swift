import Foundation
import Millrace
import MillraceCluster
import MillraceCore
import MillraceSimulation

/// Writes events, and knows what must come of them: a plain fold over what was written.
final class Ledger {
    /// About now: brokers delete what is older than a topic's retention by its records' times, and a window's changelog
    /// has one.
    static let startMilliseconds = Int64(Date().timeIntervalSince1970) / 10 * 10_000

    private(set) var eventCount = 0
    /// Events of each city and window, keyed as in `Output`.
    private(set) var counts: [String: Int64] = [:]
    private let producer: TopicProducer<String, String>

    init(_ cluster: any Cluster) throws {
        producer = try TopicProducer(cluster, topic: "events", Produced(key: .string, value: .string))
    }

    /// Writes some more, durably: which rooms they are of, the dice say.
    func write(_ count: Int, _ dice: inout SeededGenerator) throws {
        for _ in 0..<count {
            let room = Int.random(in: 0..<World.roomCount, using: &dice)
            let time = Ledger.startMilliseconds + Int64(eventCount) * 5
            try producer.send("\(eventCount)", World.room(room), at: Timestamp(time))
            eventCount += 1
            let window = time - time % World.windowMilliseconds
            counts["\(World.city(ofRoom: room)) \(window)", default: 0] += 1
        }
        try producer.flush()
    }

    func close() { producer.close() }
}
