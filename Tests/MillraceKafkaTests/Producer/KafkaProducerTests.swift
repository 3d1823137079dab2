import MillraceCluster
import MillraceCore
import MillraceKafka
import Testing

@Suite("A producer over the wire, through librdkafka and by our own client")
struct KafkaClusterProducerTests {
    private let p0 = TopicPartition("lines", 0)

    @Test(
        "offsets of a group become part of the transaction, with their text; others wait for its end",
        arguments: RecordClient.allCases)
    func offsets(records: RecordClient) throws {
        let fixture = try KafkaFixture(records: records)
        try fixture.create("lines")
        let producer = try fixture.producer("t")
        let group = GroupMetadata(groupID: "g", generation: -1, memberID: "")
        try producer.beginTransaction()
        try producer.send([Sent("a", "1")], to: p0)
        try producer.sendOffsets([p0: CommittedOffset(Offset(5), metadata: "time=7")], group: group)
        try producer.flush()
        let consumer = try fixture.consumer(group: "g")
        #expect {
            _ = try consumer.committed([p0], maxWait: .milliseconds(200))
        } throws: {
            ($0 as? ClusterError)?.code == .unstableOffsetCommit
        }
        try producer.commitTransaction()
        let expected = [p0: CommittedOffset(Offset(5), metadata: "time=7")]
        #expect(try fixture.consumer(group: "g").committed([p0], maxWait: .seconds(10)) == expected)
        try producer.beginTransaction()
        try producer.sendOffsets([p0: CommittedOffset(Offset(9))], group: group)
        try producer.abortTransaction()
        #expect(try fixture.consumer(group: "g").committed([p0], maxWait: .seconds(10)) == expected)
    }

    @Test("a newer producer of the same transactional id fences the older one", arguments: RecordClient.allCases)
    func fencing(records: RecordClient) throws {
        let fixture = try KafkaFixture(records: records)
        try fixture.create("lines")
        let old = try fixture.producer("t")
        try old.beginTransaction()
        try old.send([Sent("old", "1")], to: p0)
        try old.flush()
        let new = try fixture.producer("t")
        #expect { try old.commitTransaction() } throws: { ($0 as? ClusterError)?.kind == .fenced }
        try new.beginTransaction()
        try new.send([Sent("new", "1")], to: p0)
        try new.commitTransaction()
        #expect(try fixture.consumer([p0]).read(1).map(\.key) == [Array("new".utf8)])
        old.close()
        new.close()
    }

    @Test(
        "an aborted transaction with records that were not sent yet leaves nothing, and the next one is whole",
        arguments: RecordClient.allCases)
    func abort(records: RecordClient) throws {
        let fixture = try KafkaFixture(settings: ["linger.ms": "1000"], records: records)
        try fixture.create("lines")
        let producer = try fixture.producer("t")
        for round in 0..<5 {
            try producer.beginTransaction()
            try producer.send((0..<500).map { Sent("no", "\(round) \($0)") }, to: p0)
            try producer.abortTransaction()
            try producer.beginTransaction()
            try producer.send((0..<10).map { Sent("yes", "\(round) \($0)") }, to: p0)
            try producer.commitTransaction()
        }
        let read = try fixture.consumer([p0]).read(50)
        #expect(read.count == 50)
        #expect(read.allSatisfy { $0.key == Array("yes".utf8) })
        producer.close()
    }

    @Test("calls out of order are refused, and a topic that is not there is told", arguments: RecordClient.allCases)
    func errors(records: RecordClient) throws {
        let fixture = try KafkaFixture(records: records)
        try fixture.create("lines")
        let kind = { (body: () throws -> Void) -> ClusterError.Kind? in
            do { try body() } catch { return (error as? ClusterError)?.kind }
            return nil
        }
        let plain = try fixture.producer()
        #expect(kind { try plain.beginTransaction() } == .invalidRequest)
        #expect(kind { try plain.send([Sent("a", "1")], to: TopicPartition("nowhere", 0)) } == .unknownTopic)
        #expect(kind { try plain.send([Sent("a", "1")], to: TopicPartition("lines", 1)) } == .unknownTopic)
        let transactional = try fixture.producer("t")
        #expect(kind { try transactional.send([Sent("a", "1")], to: p0) } == .invalidRequest)
        #expect(kind { try transactional.commitTransaction() } == .invalidRequest)
        transactional.close()
        #expect(kind { try transactional.beginTransaction() } == .closed)
    }

    @Test("a record of the very epoch keeps its time but for a millisecond: librdkafka takes 0 for now")
    func epoch() throws {
        let fixture = try KafkaFixture()
        try fixture.create("lines")
        let producer = try fixture.producer()
        try producer.send([Sent("a", "1", 0), Sent("b", "2", 2)], to: p0)
        try producer.flush()
        #expect(try fixture.consumer([p0]).read(2).map(\.timestamp) == [1, 2])
    }
}
