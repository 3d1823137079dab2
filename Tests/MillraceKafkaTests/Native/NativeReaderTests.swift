import MillraceCluster
import MillraceCore
import MillraceKafka
import Testing

@Suite("Our own record client reads")
struct NativeReaderTests {
    private let p0 = TopicPartition("lines", 0)

    private func write(_ range: Range<Int>, to fixture: KafkaFixture) throws {
        let producer = try fixture.producer()
        try producer.send(range.map { Sent("k", "\($0)") }, to: p0)
        try producer.flush()
        producer.close()
    }

    @Test("on where it was when its broker has been away; meanwhile polls end in time and bring nothing")
    func brokerAway() throws {
        let fixture = try KafkaFixture(records: .native)
        try fixture.create("lines")
        try write(0..<100, to: fixture)
        let consumer = try fixture.consumer([p0])
        #expect(try consumer.read(100).count == 100)
        fixture.stopServing()
        var fetched: [FetchedBatches] = []
        for _ in 0..<5 {
            let start = ContinuousClock.now
            _ = try consumer.poll(maxWait: .milliseconds(100), into: &fetched)
            #expect(fetched.allSatisfy { $0.batches.isEmpty })
            #expect(ContinuousClock.now - start < .seconds(5))
        }
        try fixture.serveAgain()
        try write(100..<200, to: fixture)
        #expect(try consumer.read(100).map(\.offset) == Array(100..<200))
        consumer.close()
    }

    @Test("partitions of several topics in turn, however little one poll brings")
    func turns() throws {
        let fixture = try KafkaFixture(settings: ["fetch.max.bytes": "2000"], records: .native)
        var partitions: [TopicPartition] = []
        for topic in ["a", "b"] {
            try fixture.create(topic, partitions: 3)
            partitions += (0..<3).map { TopicPartition(topic, Int32($0)) }
        }
        let producer = try fixture.producer()
        for partition in partitions {
            for piece in 0..<10 {
                try producer.send((0..<50).map { Sent("k", "\(piece * 50 + $0)") }, to: partition)
                try producer.flush()
            }
        }
        producer.close()
        let consumer = try fixture.consumer(partitions)
        var counts: [TopicPartition: Int] = [:]
        var leads: [Int] = []
        var fetched: [FetchedBatches] = []
        let deadline = ContinuousClock.now + .seconds(20)
        while counts.values.reduce(0, +) < 3_000, ContinuousClock.now < deadline {
            _ = try consumer.poll(maxWait: .milliseconds(50), into: &fetched)
            for batches in fetched { counts[batches.partition, default: 0] += try Sent.all(in: batches).count }
            leads.append((counts.values.max() ?? 0) - (partitions.map { counts[$0] ?? 0 }.min() ?? 0))
        }
        #expect(partitions.map { counts[$0] } == Array(repeating: 500, count: 6))
        #expect(leads.allSatisfy { $0 <= 200 }, "none is left behind: \(leads)")
        consumer.close()
    }

    @Test("a place that is sought while a poll would wait comes soon; an end is told though nothing is there")
    func endsAndSeeks() throws {
        let fixture = try KafkaFixture(records: .native)
        try fixture.create("lines", partitions: 2)
        try write(0..<10, to: fixture)
        let consumer = try fixture.consumer([p0, TopicPartition("lines", 1)])
        var ends: [TopicPartition: Offset] = [:]
        var fetched: [FetchedBatches] = []
        let deadline = ContinuousClock.now + .seconds(20)
        while ends.count < 2 || ends[p0] != Offset(10), ContinuousClock.now < deadline {
            _ = try consumer.poll(maxWait: .seconds(1), into: &fetched)
            for batches in fetched { ends[batches.partition] = batches.lastStableOffset }
        }
        #expect(ends == [p0: Offset(10), TopicPartition("lines", 1): .zero])
        try consumer.seek(p0, to: Offset(3))
        #expect(try consumer.read(7).map(\.offset) == Array(3..<10))
        consumer.close()
    }
}
