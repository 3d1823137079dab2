import MillraceBroker
import MillraceCluster
import MillraceCore
import MillraceKafka
import Testing

@Suite("A consumer over the wire")
struct KafkaConsumerTests {
    private let p0 = TopicPartition("lines", 0)

    @Test(
        "brings keys, values, nulls, empty bytes, timestamps and headers as they were sent",
        arguments: RecordClient.allCases)
    func values(client: RecordClient) throws {
        let fixture = try KafkaFixture(records: client)
        try fixture.create("lines")
        let headers = Headers([Header("a", "1"), Header("n", nil), Header("a", [])])
        let sent = [
            Sent("k", "v", 5), Sent(nil, "v", 4), Sent("k", nil, 1_700_000_000_000), Sent(nil, nil, 1),
            Sent("", "", 7), Sent("h", "x", 9, headers: headers),
        ]
        let producer = try fixture.producer()
        try producer.send(sent, to: p0)
        try producer.flush()
        let read = try fixture.consumer([p0]).read(sent.count)
        #expect(
            read
                == sent.enumerated().map {
                    var record = $1; record.offset = Int64($0); return record
                })
        #expect(producer.endOffset(of: p0) == Offset(6))
        producer.close()
    }

    @Test(
        "leaves out aborted records, passes markers over, and ends at the last stable offset",
        arguments: RecordClient.allCases)
    func committedOnly(client: RecordClient) throws {
        let fixture = try KafkaFixture(records: client)
        try fixture.create("lines")
        let producer = try fixture.producer("t")
        try producer.beginTransaction()
        try producer.send([Sent("a", "1"), Sent("a", "2")], to: p0)
        try producer.commitTransaction()
        try producer.beginTransaction()
        try producer.send([Sent("b", "1")], to: p0)
        try producer.flush()
        try producer.abortTransaction()
        try producer.beginTransaction()
        try producer.send([Sent("c", "1")], to: p0)
        try producer.commitTransaction()
        // Offsets: 0 1 a, 2 marker, 3 b, 4 marker, 5 c, 6 marker.
        let consumer = try fixture.consumer([p0])
        var fetched: [FetchedBatches] = []
        var last: FetchedBatches?
        let read = try consumer.read { records in
            try consumer.position(of: p0) == Offset(7) && records.count == 3
        }
        #expect(read.map(\.offset) == [0, 1, 5])
        // An open transaction holds the end back; where it began is told.
        try producer.beginTransaction()
        try producer.send([Sent("d", "1")], to: p0)
        try producer.flush()
        let late = try fixture.consumer([p0])
        let deadline = ContinuousClock.now + .seconds(20)
        while try late.position(of: p0) < Offset(7), ContinuousClock.now < deadline {
            _ = try late.poll(maxWait: .milliseconds(50), into: &fetched)
            if let batches = fetched.last { last = batches }
        }
        #expect(last?.lastStableOffset == Offset(7))
        #expect(last?.highWatermark == Offset(8))
        try producer.commitTransaction()
        #expect(try late.read(1).map(\.offset) == [7])
        let uncommitted = try fixture.consumer([p0], isolation: .readUncommitted)
        #expect(try uncommitted.read(5).map(\.offset) == [0, 1, 3, 5, 7])
    }

    @Test(
        "goes back and forth with seek while records are under way, and stands still where it is paused",
        arguments: RecordClient.allCases)
    func seekAndPause(client: RecordClient) throws {
        let fixture = try KafkaFixture(records: client)
        try fixture.create("lines", partitions: 2)
        let p1 = TopicPartition("lines", 1)
        let producer = try fixture.producer()
        for partition in [p0, p1] {
            try producer.send((0..<2_000).map { Sent("k", "\($0)") }, to: partition)
        }
        try producer.flush()
        let consumer = try fixture.consumer([p0, p1])
        consumer.pause(p1)
        #expect(try consumer.read(2_000).map(\.offset) == Array(0..<2_000))
        #expect(try consumer.position(of: p1) == .zero)
        consumer.pause(p0)
        for target in [1_500, 3, 1_999, 0] as [Int64] {
            try consumer.seek(p0, to: Offset(target))
            consumer.resume(p0)
            let read = try consumer.read(2_000 - Int(target))
            #expect(read.map(\.offset) == Array(target..<2_000), "from \(target)")
        }
        consumer.resume(p1)
        #expect(try consumer.read(2_000).map(\.offset) == Array(0..<2_000))
    }

    @Test(
        "says where a position lies outside the log, and that there is no such partition",
        arguments: RecordClient.allCases)
    func errors(client: RecordClient) throws {
        let fixture = try KafkaFixture(records: client)
        try fixture.create("lines")
        let consumer = try fixture.consumer([p0])
        try consumer.seek(p0, to: Offset(10))
        let kind = { (body: () throws -> Void) -> ClusterError.Kind? in
            do { try body() } catch { return (error as? ClusterError)?.kind }
            return nil
        }
        #expect(kind { _ = try consumer.read(1) } == .offsetOutOfRange)
        #expect(kind { try consumer.assign([TopicPartition("lines", 3)]) } == .unknownTopic)
        #expect(kind { try consumer.assign([TopicPartition("nowhere", 0)]) } == .unknownTopic)
        let strict = try fixture.consumer([p0], group: "g", offsetReset: nil)
        #expect(kind { _ = try strict.read(1) } == .noOffsetForPartition)
        consumer.close()
        #expect(kind { _ = try consumer.read(1) } == .closed)
    }

    @Test("wakes up from another thread", arguments: RecordClient.allCases)
    func wakeUp(client: RecordClient) throws {
        let fixture = try KafkaFixture(records: client)
        try fixture.create("lines")
        let consumer = try fixture.consumer([p0])
        var fetched: [FetchedBatches] = []
        consumer.wakeUp()
        let start = ContinuousClock.now
        _ = try consumer.poll(maxWait: .seconds(20), into: &fetched)
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test(
        "an assignment that changes goes on where it is told to, for partitions that stay as well",
        arguments: RecordClient.allCases)
    func reassign(client: RecordClient) throws {
        let fixture = try KafkaFixture(records: client)
        try fixture.create("lines", partitions: 3)
        let partitions = (0..<3).map { TopicPartition("lines", Int32($0)) }
        let producer = try fixture.producer()
        for partition in partitions { try producer.send((0..<500).map { Sent("k", "\($0)") }, to: partition) }
        try producer.flush()
        let consumer = try fixture.consumer([p0])
        #expect(try consumer.read(500).count == 500)
        for (taken, start) in [([0, 1], 500), ([1, 2], 250), ([2, 0], 0)] as [([Int], Int64)] {
            try consumer.assign(taken.map { partitions[$0] })
            for index in taken { try consumer.seek(partitions[index], to: Offset(start)) }
            let read = try consumer.read { records in
                try taken.allSatisfy { try consumer.position(of: partitions[$0]) == Offset(500) }
                    && records.count >= 2 * (500 - Int(start))
            }
            #expect(read.map(\.offset).sorted() == (start..<500).flatMap { [$0, $0] })
        }
        try consumer.assign([p0])
        #expect(try consumer.read(500).map(\.offset) == Array(0..<500), "from the reset again")
    }

    @Test("ends after partitions were stopped and started with messages in their queues")
    func end() throws {
        let fixture = try KafkaFixture()
        try fixture.create("lines", partitions: 3)
        let partitions = (0..<3).map { TopicPartition("lines", Int32($0)) }
        let producer = try fixture.producer()
        for partition in partitions { try producer.send((0..<500).map { Sent("k", "\($0)") }, to: partition) }
        try producer.flush()
        producer.close()
        // So little at once that what is left goes back to its queue.
        let configuration = ConsumerConfiguration(
            groupID: nil, clientID: "test", offsetReset: .earliest, maxPartitionBytes: 2_000)
        let cluster = fixture.cluster
        let hasEnded = WakeSignal()
        let failure = Monitor<(any Error)?>(nil)
        let thread = SystemThread.start(name: "consumer") {
            do {
                for _ in 0..<10 {
                    try KafkaConsumerTests.stopAndStart(partitions, try cluster.makeConsumer(configuration))
                }
            } catch {
                failure.update { $0 = error }
            }
            hasEnded.raise()
        }
        // The thread ends when the last client has: librdkafka waits for all who hold a part of it.
        try #require(hasEnded.wait(until: WaitDeadline(after: .seconds(60))), "the client does not end")
        thread.join()
        #expect(failure.withLock { $0 } == nil)
    }

    private static func stopAndStart(_ partitions: [TopicPartition], _ consumer: any ClusterConsumer) throws {
        var fetched: [FetchedBatches] = []
        for round in 0..<12 {
            let taken = partitions.indices.filter { $0 != round % 3 }.map { partitions[$0] }
            try consumer.assign(taken)
            for partition in taken { try consumer.seek(partition, to: Offset(Int64(round * 10))) }
            for _ in 0..<3 { _ = try consumer.poll(maxWait: .milliseconds(20), into: &fetched) }
        }
        consumer.close()
    }
}
