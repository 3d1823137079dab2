import MillraceBroker
import MillraceCore
import MillraceProtocol
import Testing
import WireClientKit

@testable import MillraceServer

@Suite("Groups, over the wire")
struct GroupHandlerTests {
    private func join(_ group: String, member: String = "", rebalance: Int32 = 5_000)
        -> MillraceProtocol.JoinGroupRequest
    {
        var request = MillraceProtocol.JoinGroupRequest()
        request.groupID = group
        request.sessionTimeoutMilliseconds = 10_000
        request.rebalanceTimeoutMilliseconds = rebalance
        request.memberID = member
        request.protocolType = "consumer"
        var assignor = MillraceProtocol.JoinGroupRequest.GroupProtocol()
        assignor.name = "range"
        assignor.metadata = [0, 0, 0, 0, 0, 0, 255, 255, 255, 255]
        request.protocols = [assignor]
        return request
    }

    /// Joins and syncs a group of one; its member id and generation.
    private func enter(_ client: TestClient, _ group: String) throws -> (member: String, generation: Int32) {
        let first = try client.ask(join(group), version: 9)
        #expect(first.error == .memberIDRequired, "KIP-394")
        let joined = try client.ask(join(group, member: first.memberID), version: 9)
        #expect(joined.error == .none)
        #expect(joined.leader == joined.memberID)
        #expect(joined.members.count == 1)
        var sync = MillraceProtocol.SyncGroupRequest()
        sync.groupID = group
        sync.generationID = joined.generationID
        sync.memberID = joined.memberID
        var assignment = MillraceProtocol.SyncGroupRequest.Assignment()
        assignment.memberID = joined.memberID
        assignment.assignment = [1, 2, 3]
        sync.assignments = [assignment]
        let synced = try client.ask(sync, version: 3)
        #expect(synced.error == .none)
        #expect(synced.assignment == [1, 2, 3])
        return (joined.memberID, joined.generationID)
    }

    private func commit(
        _ group: String, _ member: (member: String, generation: Int32)?, _ topic: String, offset: Int64
    ) -> MillraceProtocol.OffsetCommitRequest {
        var request = MillraceProtocol.OffsetCommitRequest()
        request.groupID = group
        request.memberID = member?.member ?? ""
        request.generationIDOrMemberEpoch = member?.generation ?? -1
        var partition = MillraceProtocol.OffsetCommitRequest.Partition()
        partition.committedOffset = offset
        partition.committedMetadata = "m"
        var named = MillraceProtocol.OffsetCommitRequest.Topic()
        named.name = topic
        named.partitions = [partition]
        request.topics = [named]
        return request
    }

    @Test("before version 4 a member needs no id to begin with", arguments: 0...3 as ClosedRange<Int16>)
    func oldJoin(version: Int16) throws {
        let server = try TestServer(onDisk: false)
        let response = try server.client().ask(join("g"), version: version)
        #expect(response.error == .none)
        #expect(response.generationID == 1)
        #expect(response.protocolName == "range")
    }

    @Test("a member beats, commits within its generation only, is described and leaves")
    func life() throws {
        let server = try TestServer(durability: .everyCommit)
        try server.broker.createTopic("t", partitionCount: 1)
        let client = try server.client()
        let member = try enter(client, "g")
        var beat = MillraceProtocol.HeartbeatRequest()
        beat.groupID = "g"
        beat.memberID = member.member
        beat.generationID = member.generation
        #expect(try client.ask(beat, version: 4).error == .none)
        beat.generationID += 1
        #expect(try client.ask(beat, version: 4).error == .illegalGeneration)

        func error(_ request: MillraceProtocol.OffsetCommitRequest, version: Int16 = 8) throws -> KafkaErrorCode? {
            try client.ask(request, version: version).topics.first?.partitions.first?.error
        }
        #expect(try error(commit("g", member, "t", offset: 7)) == KafkaErrorCode.none)
        #expect(try error(commit("g", (member.member, 99), "t", offset: 8)) == .illegalGeneration)
        #expect(try error(commit("g", nil, "t", offset: 8)) == .unknownMemberID, "members are there")
        #expect(try error(commit("g", member, "nowhere", offset: 8)) == .unknownTopicOrPartition)
        #expect(try error(commit("g", member, "t", offset: -5)) == .invalidRequest)
        var beyond = commit("g", member, "t", offset: 8)
        beyond.topics[0].partitions[0].partitionIndex = 1
        #expect(try error(beyond) == .unknownTopicOrPartition, "the topic has one partition")

        var describe = MillraceProtocol.DescribeGroupsRequest()
        describe.groups = ["g", "unknown"]
        let described = try client.ask(describe, version: 6).groups
        #expect(described.map(\.groupState) == ["Stable", "Dead"])
        #expect(described.map(\.error) == [.none, .groupIDNotFound])
        #expect(try client.ask(describe, version: 5).groups.map(\.error) == [.none, .none])
        #expect(described[0].members.first?.clientHost == "/127.0.0.1")
        #expect(described[0].members.first?.clientID == "test")

        var delete = MillraceProtocol.DeleteGroupsRequest()
        delete.groupNames = ["g"]
        #expect(try client.ask(delete, version: 2).results.map(\.error) == [.nonEmptyGroup])
        var leave = MillraceProtocol.LeaveGroupRequest()
        leave.groupID = "g"
        leave.memberID = member.member
        #expect(try client.ask(leave, version: 2).error == .none)
        #expect(try client.ask(leave, version: 2).error == .unknownMemberID)
        #expect(try client.ask(MillraceProtocol.ListGroupsRequest(), version: 5).groups.map(\.groupState) == ["Empty"])
        #expect(try client.ask(delete, version: 2).results.map(\.error) == [.none])
        #expect(try client.ask(MillraceProtocol.ListGroupsRequest(), version: 5).groups.isEmpty)
    }

    @Test("offsets are found as they were committed, in every version", arguments: 1...9 as ClosedRange<Int16>)
    func fetchOffsets(version: Int16) throws {
        let server = try TestServer(onDisk: false)
        try server.broker.createTopic("t", partitionCount: 2)
        let client = try server.client()
        _ = try client.ask(commit("g", nil, "t", offset: 7), version: 8)
        var topic = MillraceProtocol.OffsetFetchRequest.Topic()
        topic.name = "t"
        topic.partitionIndexes = [0, 1]
        var request = MillraceProtocol.OffsetFetchRequest()
        var group = MillraceProtocol.OffsetFetchRequest.Group()
        request.groupID = "g"
        request.topics = [topic]
        group.groupID = "g"
        group.topics = [topic]
        request.groups = [group]
        let response = try client.ask(request, version: version)
        let topics = version >= 8 ? response.groups.first?.topics ?? [] : response.topics
        #expect(topics.map(\.name) == ["t"])
        #expect(topics.first?.partitions.map(\.committedOffset) == [7, -1])
        #expect(topics.first?.partitions.map(\.error) == [.none, .none])
        guard version >= 2 else { return }
        request.topics = nil
        request.groups[0].topics = nil
        let all = try client.ask(request, version: version)
        let allTopics = version >= 8 ? all.groups.first?.topics ?? [] : all.topics
        #expect(allTopics.flatMap(\.partitions).map(\.committedOffset) == [7], "only what was committed")
    }

    @Test("since version 10 topics are named by their ids")
    func topicIDs() throws {
        let server = try TestServer(onDisk: false)
        let id = WireUUID(try server.broker.createTopic("t", partitionCount: 1).id)
        let client = try server.client()
        var request = commit("g", nil, "", offset: 3)
        request.topics[0].topicID = id
        var unknown = request.topics[0]
        unknown.topicID = WireUUID(high: 1, low: 2)
        request.topics.append(unknown)
        let committed = try client.ask(request, version: 10)
        #expect(committed.topics.map { $0.partitions[0].error } == [.none, .unknownTopicID])
        var group = MillraceProtocol.OffsetFetchRequest.Group()
        group.groupID = "g"
        group.topics = nil
        var fetch = MillraceProtocol.OffsetFetchRequest()
        fetch.groups = [group]
        let topics = try client.ask(fetch, version: 10).groups.first?.topics
        #expect(topics?.map(\.topicID) == [id])
        #expect(topics?.first?.partitions.map(\.committedOffset) == [3])
    }

    @Test("a member of the consumer protocol gets its partitions, and is described")
    func consumerProtocol() throws {
        let server = try TestServer(onDisk: false)
        let id = WireUUID(try server.broker.createTopic("t", partitionCount: 3).id)
        let client = try server.client()
        var beat = MillraceProtocol.ConsumerGroupHeartbeatRequest()
        beat.groupID = "g"
        beat.memberID = "01234567-member"
        beat.rebalanceTimeoutMilliseconds = 10_000
        beat.subscribedTopicNames = ["t"]
        beat.topicPartitions = []
        var response = try client.ask(beat, version: 1)
        #expect(response.error == .none, "\(response.errorMessage ?? "")")
        #expect(response.memberEpoch > 0)
        #expect(response.heartbeatIntervalMilliseconds == 5_000)
        #expect(response.assignment?.topicPartitions.map(\.topicID) == [id])
        #expect(response.assignment?.topicPartitions.first?.partitionIndexes == [0, 1, 2])
        var describe = ConsumerGroupDescribeRequest()
        describe.groupIDs = ["g"]
        let described = try #require(try client.ask(describe, version: 1).groups.first)
        #expect(described.groupState == "Stable")
        #expect(described.assignorName == "uniform")
        #expect(described.members.first?.assignment.topicPartitions.first?.topicName == "t")
        #expect(described.members.first?.memberType == 1)
        beat.memberEpoch = 99
        beat.subscribedTopicNames = nil
        beat.topicPartitions = nil
        response = try client.ask(beat, version: 1)
        #expect(response.error == .fencedMemberEpoch)
    }
}
