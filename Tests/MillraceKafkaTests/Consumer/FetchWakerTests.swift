import MillraceCluster
import MillraceCore
import MillraceKafka
import MillraceSimulation
import Testing

@Suite("Queues that were full are filled again")
struct FetchWakerTests {
    @Test(
        "a fetcher that sleeps over a full queue is woken before the queue is empty",
        arguments: 0..<200 as Range<UInt64>)
    func limits(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let limits = PrefetchLimits(
            messages: Int.random(in: 1...100, using: &random), bytes: Int.random(in: 1...10_000, using: &random))
        var taken = PrefetchLimits.Taken()
        var queue: [Int] = []
        var isAsleep = false
        func look() {
            isAsleep = queue.count >= limits.messages || queue.reduce(0, +) >= limits.bytes
            if isAsleep { return }
            let size = Int.random(in: 0...200, using: &random)
            for _ in 0..<Int.random(in: 1...50, using: &random) { queue.append(size) }
        }
        for _ in 0..<500 {
            // As long as it is awake it comes back after each answer.
            if !isAsleep { look() }
            guard random.once(in: 2) else { continue }
            let count = Int.random(in: 0...queue.count, using: &random)
            let bytes = queue.prefix(count).reduce(0, +)
            queue.removeFirst(count)
            if taken.add(messages: count, bytes: bytes, limits) { look() }
            #expect(!queue.isEmpty || !isAsleep, "seed \(seed)")
        }
    }

    @Test("a queue that is shorter than an answer does not hold its partition up")
    func shortQueue() throws {
        let fixture = try KafkaFixture(settings: [
            "queued.min.messages": "20", "fetch.message.max.bytes": "2000", "linger.ms": "0",
        ])
        try fixture.create("lines")
        let partition = TopicPartition("lines", 0)
        let producer = try fixture.producer()
        let value = String(repeating: "v", count: 60)
        for _ in 0..<100 {
            try producer.send((0..<25).map { _ in Sent("key", value) }, to: partition)
            try producer.flush()
        }
        producer.close()
        let consumer = try fixture.consumer([partition])
        // A second for each of the answers, if the fetcher slept.
        #expect(try consumer.read(2_500).map(\.offset) == Array(0..<2_500))
        consumer.close()
    }
}
