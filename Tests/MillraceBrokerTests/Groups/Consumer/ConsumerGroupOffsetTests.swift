import MillraceCore
import Testing

@testable import MillraceBroker

@Suite("Offsets, types and administration of groups of the consumer protocol")
struct ConsumerGroupOffsetTests {
    private func script() -> GroupScript {
        let script = GroupScript()
        script.topics(["t": 2])
        return script
    }

    private func commit(_ script: GroupScript, _ member: String, _ epoch: Int32, isNew: Bool = true)
        -> KafkaErrorCode?
    {
        let request = OffsetCommitRequest(
            caller: GroupCaller(groupID: "g", memberID: member, generation: epoch),
            offsets: [OffsetCommitPartition(partition: TopicPartition("t", 0), offset: Offset(5))],
            knowsMemberEpochs: isNew)
        guard case .offsetCommit(let response) = script.answers[script.send(.offsetCommit(request))] else { return nil }
        return response.firstError ?? KafkaErrorCode.none
    }

    private func fetch(_ script: GroupScript, _ member: String?, _ epoch: Int32) -> KafkaErrorCode? {
        let request = OffsetFetchRequest(
            groupID: "g", partitions: [TopicPartition("t", 0)], requiresStable: false, memberID: member,
            memberEpoch: epoch)
        guard case .offsetFetch(let response) = script.answers[script.send(.offsetFetch(request))] else { return nil }
        return response.error
    }

    @Test("commits and reads name the member's epoch")
    func epochs() {
        let script = script()
        #expect(commit(script, "a", 1) == .groupIDNotFound)
        #expect(commit(script, "a", 1, isNew: false) == .illegalGeneration)
        script.join(member: "a")
        #expect(commit(script, "a", 1) == KafkaErrorCode.none)
        #expect(commit(script, "a", 0) == .staleMemberEpoch)
        #expect(commit(script, "a", 1, isNew: false) == .unsupportedVersion)
        #expect(commit(script, "b", 1) == .unknownMemberID)
        #expect(commit(script, "", -1) == .unknownMemberID)
        #expect(fetch(script, "a", 1) == KafkaErrorCode.none)
        #expect(fetch(script, nil, -1) == KafkaErrorCode.none)
        #expect(fetch(script, "a", 0) == .staleMemberEpoch)
        #expect(fetch(script, "b", 1) == .unknownMemberID)
        func transactional(_ member: String, _ epoch: Int32) -> KafkaErrorCode? {
            script.commit(7, by: GroupCaller(groupID: "g", memberID: member, generation: epoch), producer: 9)
        }
        #expect(transactional("a", 1) == KafkaErrorCode.none)
        #expect(transactional("a", 0) == .illegalGeneration)
        #expect(transactional("b", 1) == .unknownMemberID)
        _ = script.stay("a", -1)
        #expect(commit(script, "", -1) == KafkaErrorCode.none)
    }

    @Test("a group changes its type only while it is empty, and keeps its offsets")
    func types() throws {
        let script = script()
        let classic = try #require(script.settleOne())
        #expect(script.join(member: "a").error == .groupIDNotFound)
        script.advance(seconds: 60)
        _ = script.commit(3, by: GroupCaller(groupID: "g"))
        #expect(script.join(member: "a").error == .none)
        #expect(script.coordinator.groups["g"]?.type == "consumer" && script.fetch()?.offset == Offset(3))
        #expect(script.coordinator.groups["g"]?.logged == nil)
        let refused = script.send(GroupScript.joinRequest())
        #expect(script.join(refused)?.error == .inconsistentGroupProtocol)
        #expect(script.heartbeat(classic.memberID, 1) == .unknownMemberID)
        try script.restart()
        #expect(script.coordinator.groups["g"]?.type == "consumer")
        _ = script.stay("a", -1)
        let back = try #require(script.settleOne())
        #expect(back.generation == 1 && script.consumer == nil && script.fetch()?.offset == Offset(3))
        try script.restart()
        #expect(script.coordinator.groups["g"]?.stateName == "Stable" && script.consumer == nil)
    }

    @Test("a group that cannot be logged as one of the classic protocol stays what it is")
    func failedConversion() {
        let script = script()
        script.join(member: "a")
        _ = script.stay("a", -1)
        let decision = script.coordinator.decide(GroupScript.joinRequest(), token: ReplyToken(99), now: script.now)
        _ = script.coordinator.notLogged(decision, .kafkaStorageError, now: script.now)
        #expect(script.coordinator.groups["g"]?.members.isEmpty == true)
        #expect(script.join(member: "b").error == .none)
    }

    @Test("both types are listed, described by their own request only, and deleted")
    func administration() throws {
        let script = script()
        script.join(member: "a")
        script.send(GroupScript.joinRequest(group: "classic"))
        func list(_ types: [String], _ states: [String] = []) -> [String] {
            let token = script.send(.list(ListGroupsRequest(states: states, types: types)))
            guard case .list(let groups) = script.answers[token] else { return [] }
            return groups.map { "\($0.groupID) \($0.type) \($0.protocolType) \($0.state)" }
        }
        #expect(list([]) == ["classic classic consumer CompletingRebalance", "g consumer consumer Stable"])
        #expect(list(["Consumer"]) == ["g consumer consumer Stable"])
        #expect(list(["classic"], ["stable"]) == [])
        #expect(list([], ["STABLE"]) == ["g consumer consumer Stable"])

        guard
            case .describe(let classic) = script.answers[
                script.send(.describe(DescribeGroupsRequest(groupIDs: ["g", "classic"])))],
            case .consumerDescribe(let consumer) = script.answers[
                script.send(.consumerDescribe(DescribeGroupsRequest(groupIDs: ["g", "classic", "none"])))]
        else {
            Issue.record("no answer")
            return
        }
        #expect(classic.map(\.error) == [.groupIDNotFound, .none] && classic[0].state == "Dead")
        #expect(consumer.map(\.error) == [.none, .groupIDNotFound, .groupIDNotFound])
        #expect(consumer[0].state == "Stable" && consumer[0].epoch == 1 && consumer[0].assignor == "uniform")
        let member = try #require(consumer[0].members.first)
        #expect(member.memberID == "a" && member.memberEpoch == 1 && member.topicNames == ["t"])
        #expect(member.assignment == [.init(topic: GroupScript.topicID("t"), name: "t", partitions: [0, 1])])
        #expect(member.targetAssignment == member.assignment)

        func delete() -> KafkaErrorCode? {
            let token = script.send(.delete(DeleteGroupsRequest(groupIDs: ["g"])))
            guard case .delete(let groups) = script.answers[token] else { return nil }
            return groups.first?.error
        }
        #expect(delete() == .nonEmptyGroup)
        _ = commit(script, "a", 1)
        let inUse = script.send(
            .offsetDelete(OffsetDeleteRequest(groupID: "g", partitions: [TopicPartition("t", 0)])))
        #expect(
            script.answers[inUse]
                == .offsetDelete(
                    OffsetDeleteResponse(
                        partitions: [.init(partition: TopicPartition("t", 0), error: .groupSubscribedToTopic)])))
        _ = script.stay("a", -1)
        #expect(delete() == KafkaErrorCode.none)
        #expect(script.coordinator.groups["g"] == nil)
        #expect(try script.replayed().groups["g"] == nil)
    }

    @Test("offsets outlive the last member by the retention, then go with the group")
    func expiry() throws {
        let script = script()
        script.join(member: "a")
        _ = commit(script, "a", 1)
        for _ in 0..<20 {
            for _ in 0..<1_440 {
                script.now.wall = script.now.wall.advanced(byMilliseconds: 30_000)
                script.now.monotonic = script.now.monotonic.advanced(by: .seconds(30))
                _ = script.stay("a", 1)
            }
            script.advance(seconds: 1)
        }
        _ = script.stay("a", -1)
        script.advance(seconds: 3 * 86_400)
        #expect(script.fetch()?.offset == Offset(5))
        script.advance(seconds: 5 * 86_400)
        #expect(script.fetch()?.offset == nil && script.coordinator.groups["g"] == nil)
        #expect(try script.replayed().groups["g"] == nil)
    }
}
