import MillraceCore
import Testing

@testable import MillraceBroker

@Suite("Members of the consumer protocol (KIP-848)")
struct ConsumerGroupTests {
    private func script(_ topics: [String: Int32] = ["t": 4]) -> GroupScript {
        let script = GroupScript()
        script.topics(topics)
        return script
    }

    @Test("the first member gets everything at once, and the assignment is told once")
    func first() {
        let script = script()
        let joined = script.join(member: "a")
        #expect(joined.error == .none && joined.memberID == "a" && joined.memberEpoch == 1)
        #expect(joined.partitions == GroupScript.partitions("t", 0, 1, 2, 3))
        #expect(joined.heartbeatInterval == .seconds(5))
        let next = script.stay("a", 1)
        #expect(next.error == .none && next.memberEpoch == 1 && next.assignment == nil)
        #expect(script.consumer?.stateName == "Stable")
    }

    @Test("a second member gets a partition only when the first has let it go")
    func revocation() throws {
        let script = script()
        let all = try #require(script.join(member: "a").partitions)
        let second = script.join(member: "b")
        #expect(second.memberEpoch == 2 && second.partitions == [])
        #expect(script.consumer?.stateName == "Reconciling")
        let asked = script.stay("a", 1)
        let kept = try #require(asked.partitions)
        #expect(asked.memberEpoch == 1 && kept.count == 2)
        // It says nothing, or that it still has them: nothing moves.
        #expect(script.stay("a", 1).memberEpoch == 1)
        #expect(script.stay("a", 1, owning: all).memberEpoch == 1)
        #expect(script.stay("b", 2).assignment == nil)
        let freed = script.stay("a", 1, owning: kept)
        #expect(freed.memberEpoch == 2 && freed.assignment == nil)
        let taken = script.stay("b", 2)
        #expect(taken.partitions == all.subtracting(kept) && taken.memberEpoch == 2)
        #expect(script.consumer?.stateName == "Stable")
    }

    @Test("who does not give up in time what it was told to is out")
    func rebalanceTimeout() {
        let script = script()
        script.join(member: "a")
        script.join(member: "b")
        script.advance(seconds: 20)
        _ = script.stay("a", 1)
        _ = script.stay("b", 2)
        script.advance(seconds: 29)
        _ = script.stay("a", 1)
        _ = script.stay("b", 2)
        script.advance(seconds: 2)
        #expect(script.stay("a", 1).error == .unknownMemberID)
        #expect(script.stay("b", 2).partitions?.count == 4)
    }

    @Test("a session ends without heartbeats, and the rest is shared out")
    func sessionTimeout() {
        let script = script()
        script.join(member: "a")
        script.advance(seconds: 40)
        #expect(script.stay("a", 1).error == .none)
        script.join(member: "b")
        script.advance(seconds: 40)
        _ = script.stay("b", 2)
        script.advance(seconds: 6)
        #expect(script.stay("a", 1).error == .unknownMemberID)
        #expect(script.stay("b", 2).partitions?.count == 4)
        script.advance(seconds: 46)
        #expect(script.consumer?.stateName == "Empty" && script.consumer?.members.isEmpty == true)
        #expect(script.coordinator.groups["g"]?.consumerClocks.nextDeadline == nil)
    }

    @Test("an answer that was lost is given again; any other old epoch is fenced, and joins again")
    func lostAnswers() throws {
        let script = script()
        script.join(member: "a")
        script.join(member: "b")
        let kept = try #require(script.stay("a", 1).partitions)
        #expect(script.stay("a", 1, owning: kept).memberEpoch == 2)
        // The answer with epoch 2 is lost.
        #expect(script.stay("a", 1, owning: kept).memberEpoch == 2)
        #expect(
            script.stay("a", 1, owning: kept.union(GroupScript.partitions("t", 0, 1, 2, 3))).error == .fencedMemberEpoch
        )
        #expect(script.stay("a", 1).error == .fencedMemberEpoch)
        #expect(script.stay("a", 3).error == .fencedMemberEpoch)
        #expect(script.stay("nobody", 2).error == .unknownMemberID)
        let again = script.join(member: "a")
        #expect(again.error == .none && again.memberEpoch == 2 && again.partitions == kept)
        #expect(script.consumer?.members.count == 2)
    }

    @Test("a member leaves: its partitions are free at once")
    func leaving() {
        let script = script()
        script.join(member: "a")
        script.join(member: "b")
        let left = script.stay("a", -1)
        #expect(left.error == .none && left.memberEpoch == -1 && left.memberID == "a")
        #expect(script.stay("b", 2).partitions?.count == 4)
        #expect(script.stay("a", -1).error == .unknownMemberID)
    }

    @Test("a static member that means to come back finds its partitions under another member id")
    func staticMembers() throws {
        let script = script()
        let first = try #require(script.join(member: "a", instance: "i").partitions)
        script.join(member: "b")
        #expect(script.join(member: "c", instance: "i").error == .unreleasedInstanceID)
        let left = script.beat(GroupScript.staying("a", -2, instance: "i"))
        #expect(left.error == .none && left.memberEpoch == -2)
        #expect(script.stay("b", 2).assignment == nil)
        let epoch = script.consumer?.epoch
        let back = script.join(member: "c", instance: "i")
        #expect(back.error == .none && back.memberEpoch == 2 && script.consumer?.epoch == epoch)
        #expect(back.partitions?.count == 2 && back.partitions?.isSubset(of: first) == true)
        #expect(script.beat(GroupScript.staying("a", 1, instance: "i")).error == .fencedInstanceID)
        #expect(script.beat(GroupScript.staying("c", 2, instance: "j")).error == .unknownMemberID)
        #expect(script.stay("b", 2).partitions?.count == 2)
        _ = script.beat(GroupScript.staying("c", -2, instance: "i"))
        script.advance(seconds: 30)
        _ = script.stay("b", 2)
        script.advance(seconds: 16)
        #expect(script.stay("b", 2).memberEpoch == 3 && script.consumer?.members.count == 1)
    }

    static let contradictions: [(@Sendable (inout ConsumerGroupHeartbeatRequest) -> Void, KafkaErrorCode)] = [
        ({ $0.groupID = "" }, .invalidRequest),
        ({ $0.memberID = "" }, .invalidRequest),
        ({ $0.instanceID = "" }, .invalidRequest),
        ({ $0.rackID = "" }, .invalidRequest),
        ({ $0.rebalanceTimeout = nil }, .invalidRequest),
        ({ $0.ownedPartitions = nil }, .invalidRequest),
        ({ $0.ownedPartitions = [.init(topic: GroupScript.topicID("t"), partitions: [0])] }, .invalidRequest),
        ({ $0.topicNames = nil }, .invalidRequest),
        ({ $0.memberEpoch = -3 }, .invalidRequest),
        ({ $0.memberEpoch = -2 }, .invalidRequest),
        ({ $0.assignor = "sticky" }, .unsupportedAssignor),
        ({ $0.topicPattern = "(" }, .invalidRegularExpression),
        ({ $0.memberEpoch = 3 }, .unknownMemberID),
        ({ $0.memberID = String(repeating: "x", count: 40_000) }, .invalidRequest),
    ]

    @Test("a heartbeat that contradicts itself is refused", arguments: 0..<contradictions.count)
    func refusals(number: Int) {
        let (change, error) = Self.contradictions[number]
        let script = script()
        var request = GroupScript.joining("a")
        change(&request)
        #expect(script.beat(request).error == error, "number \(number)")
        #expect(script.coordinator.groups["g"] == nil && script.log.isEmpty)
    }

    @Test("the broker names a member of version 0, and a full group takes nobody more")
    func namesAndSize() throws {
        let script = GroupScript(GroupConfiguration(consumer: ConsumerGroupConfiguration(membersMax: 1)))
        script.topics(["t": 1])
        var request = GroupScript.joining("")
        request.requiresMemberID = false
        let joined = script.beat(request)
        let memberID = try #require(joined.memberID)
        #expect(joined.error == .none && !memberID.isEmpty)
        #expect(script.join(member: "b").error == .groupMaxSizeReached)
        #expect(script.stay(memberID, 1).error == .none)
    }

    @Test("the assignor that most members ask for is taken")
    func assignors() {
        let script = script(["t": 4, "u": 4])
        for member in ["a", "b"] {
            script.beat(GroupScript.joining(member, topics: ["t", "u"], assignor: "range"))
        }
        #expect(script.consumer?.assignor == .range)
        #expect(
            script.consumer?.targets["a"]
                == GroupScript.partitions("t", 0, 1).union(GroupScript.partitions("u", 0, 1)))
    }

    @Test("a member's new subscription, new partitions, and a topic that is made again lead to another assignment")
    func changes() {
        let script = script(["t": 1, "u": 1])
        script.join(member: "a")
        var request = GroupScript.staying("a", 1)
        request.topicNames = ["u", "v", "t", "u"]
        let other = script.beat(request)
        #expect(other.memberEpoch == 2 && other.partitions?.count == 2)
        script.topics(["t": 3, "u": 1, "unread": 5])
        #expect(script.stay("a", 2).partitions?.count == 4)
        script.topics(["t": 3, "u": 1])
        #expect(script.stay("a", 3).assignment == nil)
        script.topics(["t": 3, "u": 1, "v": 2])
        #expect(script.stay("a", 3).partitions?.count == 6)
        script.topics(["t": 3])
        let fewer = script.stay("a", 4)
        #expect(fewer.memberEpoch == 4 && fewer.partitions?.count == 3)
        script.topics(["t": 2], generation: 1)
        let kept = script.stay("a", 4, owning: [])
        #expect(kept.partitions?.allSatisfy { $0.topic == GroupScript.topicID("t", generation: 1) } == true)
    }

    @Test("a pattern follows the topics there are, and leaves the broker's own alone")
    func patterns() {
        let script = script(["a1": 1, "a2": 1, "b1": 1, "__consumer_offsets": 1])
        script.join(member: "a", topics: nil, pattern: "a.*|__.*")
        #expect(script.consumer?.subscribedTopics == ["a1", "a2"])
        script.topics(["a1": 1, "a2": 1, "a3": 1, "b1": 1])
        #expect(script.stay("a", 1).partitions?.count == 3)
        var request = GroupScript.staying("a", 2)
        request.topicPattern = "b.*"
        _ = script.beat(request)
        #expect(script.consumer?.patterns.keys.sorted() == ["b.*"])
        request.memberEpoch = script.consumer?.members["a"]?.current.epoch ?? 0
        request.topicPattern = ""
        request.ownedPartitions = []
        #expect(script.beat(request).error == .none && script.consumer?.patterns.isEmpty == true)
        #expect(script.consumer?.members["a"]?.current.assigned == [])
        #expect(script.consumer?.subscribedTopics == [])
    }

    @Test("what the log refuses has not happened, and is tried again")
    func notLogged() throws {
        let script = script()
        let decision = script.coordinator.decide(
            .consumerHeartbeat(GroupScript.joining("a")), token: ReplyToken(7), now: script.now)
        #expect(!decision.entries.isEmpty)
        let instead = script.coordinator.notLogged(decision, .coordinatorNotAvailable, now: script.now)
        #expect(
            instead.replies.map(\.response)
                == [.consumerHeartbeat(ConsumerGroupHeartbeatResponse(error: .coordinatorNotAvailable))])
        #expect(script.consumer == nil)
        #expect(script.join(member: "a").memberEpoch == 1)
        // A session's end that cannot be logged stays due.
        script.now.monotonic = script.now.monotonic.advanced(by: .seconds(46))
        let expiry = script.coordinator.expire(now: script.now)
        _ = script.coordinator.notLogged(expiry, .coordinatorNotAvailable, now: script.now)
        #expect(script.consumer?.members.count == 1)
        script.advance(seconds: 1)
        #expect(script.consumer?.members.isEmpty == true)
    }

    @Test("a restart keeps the group and gives everyone a session")
    func restart() throws {
        let script = script()
        script.join(member: "a", instance: "i")
        script.join(member: "b", topics: ["t"], pattern: "t")
        let before = script.consumer
        script.advance(seconds: 40)
        try script.restart(droppingEmbedded: true)
        #expect(script.consumer == before)
        script.advance(seconds: 10)
        #expect(script.stay("b", 2).error == .none)
        script.advance(seconds: 21)
        // The revocation of `a` has its time-out again, too.
        #expect(script.stay("a", 1).error == .none)
        script.advance(seconds: 31)
        #expect(script.stay("a", 1).error == .unknownMemberID)
    }
}
