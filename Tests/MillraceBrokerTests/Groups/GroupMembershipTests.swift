import MillraceCore
import Testing

@testable import MillraceBroker

@Suite("Joining, syncing, staying and leaving")
struct GroupMembershipTests {
    @Test("a first join is told its id when it can come back with one")
    func knownMemberID() throws {
        let script = GroupScript()
        let told = try #require(script.join(script.send(GroupScript.joinRequest(known: true))))
        #expect(told.error == .memberIDRequired && !told.memberID.isEmpty)
        let joined = try #require(script.join(script.send(GroupScript.joinRequest(told.memberID, known: true))))
        #expect(joined.error == .none && joined.generation == 1 && joined.leaderID == told.memberID)
        #expect(joined.members.count == 1)
    }

    @Test("an id given out and not used stops holding up a rebalance")
    func pendingExpires() throws {
        let script = GroupScript()
        script.send(GroupScript.joinRequest(known: true))
        let second = script.send(GroupScript.joinRequest())
        #expect(script.join(second) == nil)
        script.advance(seconds: 10)
        #expect(script.join(second)?.error == KafkaErrorCode.none)
    }

    @Test("two members share: the second join calls the first back, the leader's assignments reach both")
    func twoMembers() throws {
        let script = GroupScript()
        let first = try #require(script.settleOne())
        let second = script.send(GroupScript.joinRequest())
        #expect(script.heartbeat(first.memberID, 1) == .rebalanceInProgress)
        let again = try #require(script.join(script.send(GroupScript.joinRequest(first.memberID))))
        let joined = try #require(script.join(second))
        #expect(again.generation == 2 && joined.generation == 2)
        #expect(again.members.count == 2 && joined.members.isEmpty && joined.leaderID == first.memberID)
        let waits = script.sync(joined)
        #expect(script.sync(waits) == nil)
        #expect(script.heartbeat(first.memberID, 2) == KafkaErrorCode.none)
        let leads = script.sync(again, gives: [first.memberID: [1], joined.memberID: [2]])
        #expect(script.sync(leads)?.assignment == [1])
        #expect(script.sync(waits)?.assignment == [2])
        #expect(script.heartbeat(first.memberID, 1) == .illegalGeneration)
        #expect(script.heartbeat("nobody", 2) == .unknownMemberID)
    }

    @Test(
        "a join that does not fit is refused",
        arguments: [
            (GroupScript.joinRequest(type: "connect"), KafkaErrorCode.inconsistentGroupProtocol),
            (GroupScript.joinRequest(protocols: ["sticky"]), .inconsistentGroupProtocol),
            (GroupScript.joinRequest(protocols: []), .inconsistentGroupProtocol),
            (GroupScript.joinRequest("nobody"), .unknownMemberID),
            (GroupScript.joinRequest(group: ""), .invalidGroupID),
            (GroupScript.joinRequest(session: .seconds(1)), .invalidSessionTimeout),
            (GroupScript.joinRequest(session: .seconds(7_200)), .invalidSessionTimeout),
        ])
    func refusals(request: GroupRequest, error: KafkaErrorCode) {
        let script = GroupScript()
        _ = script.settleOne()
        let token = script.send(request)
        #expect(script.join(token)?.error == error)
    }

    @Test("a group has a greatest size")
    func maxSize() {
        let script = GroupScript(GroupConfiguration(membersMax: 1))
        _ = script.settleOne()
        let token = script.send(GroupScript.joinRequest())
        #expect(script.join(token)?.error == .groupMaxSizeReached)
    }

    @Test("ids given out are bounded, too")
    func pendingMaximum() {
        let script = GroupScript(GroupConfiguration(membersMax: 2))
        let tokens = (0..<3).map { _ in script.send(GroupScript.joinRequest(known: true)) }
        #expect(
            tokens.map { script.join($0)?.error } == [.memberIDRequired, .memberIDRequired, .groupMaxSizeReached])
        script.advance(seconds: 10)
        let later = script.send(GroupScript.joinRequest(known: true))
        #expect(script.join(later)?.error == .memberIDRequired)
    }

    @Test("the protocol that most members want of those all know is chosen")
    func votes() throws {
        let script = GroupScript(GroupConfiguration(initialRebalanceDelay: .seconds(3)))
        let tokens = [["a", "b", "c"], ["b", "a"], ["x", "b", "a"]].map {
            script.send(GroupScript.joinRequest(protocols: $0))
        }
        #expect(script.waiting.count == 3)
        script.advance(seconds: 3)
        script.advance(seconds: 3)
        #expect(tokens.compactMap { script.join($0)?.protocolName } == ["b", "b", "b"])
    }

    @Test("who does not come back within the rebalance time-out is out; a waiting newcomer is not")
    func rebalanceTimeout() throws {
        let script = GroupScript(GroupConfiguration(sessionTimeouts: .seconds(6) ... .seconds(60)))
        let first = try #require(script.join(script.send(GroupScript.joinRequest(session: .seconds(60)))))
        _ = script.sync(first, gives: [first.memberID: [1]])
        let second = script.send(GroupScript.joinRequest())
        script.advance(seconds: 29)
        #expect(script.join(second) == nil)
        script.advance(seconds: 1)
        #expect(script.join(second)?.members.count == 1)
        #expect(script.heartbeat(first.memberID, 1) == .unknownMemberID)
    }

    @Test("a session ends without heartbeats and the group becomes empty in a generation of its own")
    func sessionEnds() throws {
        let script = GroupScript()
        let only = try #require(script.settleOne())
        script.advance(seconds: 9)
        #expect(script.heartbeat(only.memberID, 1) == KafkaErrorCode.none)
        script.advance(seconds: 9)
        #expect(script.heartbeat(only.memberID, 1) == KafkaErrorCode.none)
        #expect(script.coordinator.nextDeadline != nil)
        script.advance(seconds: 10)
        #expect(script.heartbeat(only.memberID, 1) == .unknownMemberID)
        #expect(script.coordinator.groups["g"]?.phase == .empty)
        #expect(script.coordinator.groups["g"]?.logged?.generation == 2)
    }

    @Test("a leader that never syncs is removed, and those who wait join again")
    func missingSync() throws {
        let script = GroupScript(GroupConfiguration(sessionTimeouts: .seconds(6) ... .seconds(60)))
        let first = try #require(script.join(script.send(GroupScript.joinRequest(session: .seconds(60)))))
        _ = script.sync(first, gives: [:])
        let second = script.send(GroupScript.joinRequest(session: .seconds(60)))
        script.send(GroupScript.joinRequest(first.memberID, session: .seconds(60)))
        let joined = try #require(script.join(second))
        let waits = script.sync(joined)
        script.advance(seconds: 30)
        #expect(script.sync(waits)?.error == .rebalanceInProgress)
        #expect(script.coordinator.groups["g"]?.members.map(\.memberID) == [joined.memberID])
    }

    @Test("a group that empties before its first assignment goes on counting its generations")
    func emptiedEarly() throws {
        let script = GroupScript()
        let only = try #require(script.join(script.send(GroupScript.joinRequest())))
        script.send(.leave(LeaveGroupRequest(groupID: "g", members: [.init(memberID: only.memberID)])))
        #expect(script.coordinator.groups["g"]?.logged?.generation == 2)
        let next = script.join(script.send(GroupScript.joinRequest()))
        #expect(next?.generation == 3)
    }

    @Test("a batch of leavers is answered one by one")
    func leave() throws {
        let script = GroupScript()
        let only = try #require(script.settleOne())
        let token = script.send(
            .leave(
                LeaveGroupRequest(
                    groupID: "g",
                    members: [
                        .init(memberID: "nobody"), .init(memberID: only.memberID),
                        .init(memberID: "", groupInstanceID: "i"),
                    ])))
        guard case .leave(let response) = script.answers[token] else {
            Issue.record("no answer")
            return
        }
        #expect(response.members.map(\.error) == [.unknownMemberID, .none, .unknownMemberID])
        #expect(script.coordinator.groups["g"]?.phase == .empty)
    }

    @Test("assignments that the log refuses are answered as an error and lead to another rebalance")
    func notLogged() throws {
        let script = GroupScript()
        let only = try #require(script.join(script.send(GroupScript.joinRequest())))
        let caller = GroupCaller(groupID: "g", memberID: only.memberID, generation: 1)
        let decision = script.coordinator.decide(
            .sync(SyncGroupRequest(caller: caller)), token: ReplyToken(77), now: script.now)
        let instead = script.coordinator.notLogged(decision, .coordinatorNotAvailable, now: script.now)
        #expect(
            instead.replies.map(\.response) == [.sync(SyncGroupResponse(error: .coordinatorNotAvailable))])
        #expect(script.coordinator.groups["g"]?.isPreparing == true && script.coordinator.groups["g"]?.logged == nil)
        let again = try #require(script.join(script.send(GroupScript.joinRequest(only.memberID))))
        #expect(again.generation == 2)
    }
}
