import MillraceBroker
import MillraceCore
import MillraceSimulation
import Testing

/// Groups of the consumer protocol in a whole broker: its topics, its log, its restarts.
@Suite("Groups of the consumer protocol in a broker")
struct ConsumerGroupBrokerTests {
    private let clock = ManualClock(Timestamp(1_000_000))

    private func broker(_ disk: SimulatedDisk) throws -> Broker {
        var configuration = BrokerConfiguration(dataDirectory: "/data")
        configuration.hasMaintenanceThread = false
        return try Broker(configuration, disk: disk, clock: clock, entropy: SeededEntropy(seed: 5))
    }

    private func beat(
        _ broker: Broker, _ member: String, _ epoch: Int32, owning: [TopicIDPartitions]? = nil
    ) throws -> ConsumerGroupHeartbeatResponse {
        let isJoining = epoch == 0
        let request = ConsumerGroupHeartbeatRequest(
            groupID: "g", memberID: member, memberEpoch: epoch, rebalanceTimeout: isJoining ? .seconds(30) : nil,
            topicNames: isJoining ? ["t"] : nil, topicPattern: isJoining ? "log-.*" : nil,
            ownedPartitions: isJoining ? [] : owning, clientID: "c", clientHost: "/h")
        guard case .consumerHeartbeat(let response) = try broker.call(.consumerHeartbeat(request), group: "g") else {
            Issue.record("another answer")
            return ConsumerGroupHeartbeatResponse()
        }
        return response
    }

    @Test("new topics, more members, a restart: each heartbeat is told what has changed")
    func lifecycle() throws {
        let disk = SimulatedDisk(seed: 3)
        var broker = try broker(disk)
        #expect(try beat(broker, "a", 0).assignment == [])
        try broker.createTopic("t", partitionCount: 2)
        let first = try beat(broker, "a", 1)
        #expect(first.memberEpoch == 2 && first.assignment?.map(\.partitions) == [[0, 1]])
        #expect(try beat(broker, "a", 2).assignment == nil)

        #expect(try beat(broker, "b", 0).memberEpoch == 3)
        let fewer = try beat(broker, "a", 2, owning: first.assignment)
        #expect(fewer.memberEpoch == 2 && fewer.assignment?.map(\.partitions) == [[0]])
        #expect(try beat(broker, "a", 2, owning: fewer.assignment).memberEpoch == 3)

        try broker.close()
        broker = try self.broker(disk)
        #expect(try beat(broker, "b", 3).assignment?.map(\.partitions) == [[1]])
        try broker.createTopic("log-x", partitionCount: 2)
        let more = [try beat(broker, "a", 3), try beat(broker, "b", 3)]
        #expect(more.map(\.memberEpoch) == [4, 4] && more.compactMap(\.assignment).flatMap { $0 }.count == 4)

        try broker.commitOffsets(
            OffsetCommitRequest(
                caller: GroupCaller(groupID: "g", memberID: "a", generation: 4),
                offsets: [OffsetCommitPartition(partition: TopicPartition("t", 0), offset: Offset(1))],
                knowsMemberEpochs: true))
        try broker.deleteTopic("t")
        _ = try beat(broker, "a", 4, owning: [])
        guard
            case .consumerDescribe(let described) = try broker.call(
                .consumerDescribe(DescribeGroupsRequest(groupIDs: ["g"])), group: "g")
        else {
            Issue.record("another answer")
            return
        }
        #expect(described.first?.members.flatMap(\.targetAssignment).map(\.name) == ["log-x", "log-x"])
        try broker.close()
    }

    @Test("sessions end by the broker's own clock")
    func sessions() throws {
        let broker = try broker(SimulatedDisk(seed: 3))
        _ = try beat(broker, "a", 0)
        clock.advance(by: .seconds(44))
        broker.tick(now: clock.now())
        #expect(try beat(broker, "a", 1).error == .none)
        clock.advance(by: .seconds(46))
        broker.tick(now: clock.now())
        #expect(try beat(broker, "a", 1).error == .unknownMemberID)
        try broker.close()
    }
}
