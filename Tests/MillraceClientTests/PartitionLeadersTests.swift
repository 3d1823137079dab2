import MillraceClient
import MillraceCore
import MillraceProtocol
import Testing

@Suite("Leaders of partitions, as the cluster tells of them")
struct PartitionLeadersTests {
    private let partition = TopicPartition("a", 0)

    /// Broker n listens on port n.
    private func answer(
        _ leader: Int32, epoch: Int32, error: KafkaErrorCode = .none, brokers: [Int32] = [1, 2], id: UInt64 = 0
    ) -> MetadataResponse {
        var answer = MetadataResponse()
        answer.brokers = brokers.map { id in
            var broker = MetadataResponse.Broker()
            broker.nodeID = id
            broker.host = "localhost"
            broker.port = id
            return broker
        }
        var topic = MetadataResponse.Topic()
        topic.name = "a"
        topic.error = error
        topic.topicID = WireUUID(high: 0, low: id)
        if error == .none {
            var entry = MetadataResponse.Partition()
            entry.leaderID = leader
            entry.leaderEpoch = epoch
            topic.partitions = [entry]
        }
        answer.topics = [topic]
        return answer
    }

    private func leaders(_ answers: MetadataResponse...) -> PartitionLeaders {
        var leaders = PartitionLeaders()
        for answer in answers { leaders.take(answer, for: ["a"]) }
        return leaders
    }

    @Test("a leader is known with its address, once it was asked for")
    func known() {
        let known = leaders(answer(1, epoch: 3))
        #expect(known.leader(of: partition) == .init(broker: 1, epoch: 3))
        #expect(known.address(of: 1)?.description == "localhost:1")
        #expect(known.partitionCount(of: "a") == 1)
        #expect(known.staleTopics.isEmpty)
        #expect(PartitionLeaders().leader(of: partition) == nil)
    }

    @Test("a broker that has not heard of the last election does not bring the old leader back")
    func olderEpoch() {
        let known = leaders(answer(2, epoch: 4), answer(1, epoch: 3))
        #expect(known.leader(of: partition)?.broker == 2)
        #expect(known.staleTopics == ["a"])
        #expect(leaders(answer(2, epoch: -1), answer(1, epoch: -1)).leader(of: partition)?.broker == 1)
    }

    @Test("without a leader, or with one whose address is not told, the topic is to be asked for again")
    func withoutLeader() {
        #expect(leaders(answer(-1, epoch: 1)).staleTopics == ["a"])
        #expect(leaders(answer(3, epoch: 1)).staleTopics == ["a"])
        #expect(leaders(answer(1, epoch: 1, error: .leaderNotAvailable)).staleTopics == ["a"])
        #expect(leaders(answer(-1, epoch: 1), answer(1, epoch: 2)).staleTopics.isEmpty)
    }

    @Test("a topic that is gone is forgotten, with its epochs")
    func gone() {
        let known = leaders(
            answer(2, epoch: 4), answer(-1, epoch: -1, error: .unknownTopicOrPartition), answer(1, epoch: 0))
        #expect(known.leader(of: partition) == .init(broker: 1, epoch: 0))
    }

    @Test("a topic that was made anew under its name begins with new epochs")
    func madeAnew() {
        let known = leaders(answer(2, epoch: 4, id: 7), answer(1, epoch: 0, id: 8))
        #expect(known.leader(of: partition) == .init(broker: 1, epoch: 0))
        #expect(known.topicID(of: "a") == WireUUID(high: 0, low: 8))
        #expect(leaders(answer(1, epoch: 0)).topicID(of: "a") == .zero)
    }

    @Test("a broker that is not the leader any more may name its successor")
    func successor() {
        var known = leaders(answer(1, epoch: 3))
        known.learn(.init(broker: 2, epoch: 3), of: partition, at: nil)
        #expect(known.leader(of: partition)?.broker == 1)
        known.learn(.init(broker: 2, epoch: 4), of: partition, at: nil)
        #expect(known.leader(of: partition) == .init(broker: 2, epoch: 4))
        known.learn(.init(broker: 7, epoch: 5), of: partition, at: nil)
        #expect(known.leader(of: partition)?.broker == 2)
        #expect(known.staleTopics == ["a"])
        known.learn(.init(broker: 7, epoch: 5), of: partition, at: BrokerAddress("localhost:7"))
        #expect(known.leader(of: partition)?.broker == 7)
    }
}
