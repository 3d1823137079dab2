import MillraceCore
import Testing

@testable import MillraceBroker

@Suite("Static members (KIP-345)")
struct GroupStaticMemberTests {
    @Test("a static member that comes back keeps its assignment without a rebalance and fences its former self")
    func replacement() throws {
        let script = GroupScript()
        let first = try #require(script.settleOne(instance: "i"))
        let back = try #require(script.join(script.send(GroupScript.joinRequest(instance: "i"))))
        #expect(back.generation == 1 && back.memberID != first.memberID && back.skipsAssignment)
        let token = script.sync(back, instance: "i")
        #expect(script.sync(token)?.assignment == [1])
        #expect(script.heartbeat(first.memberID, 1, instance: "i") == .fencedInstanceID)
        let old = GroupCaller(groupID: "g", memberID: first.memberID, groupInstanceID: "i", generation: 1)
        #expect(script.commit(5, by: old) == .fencedInstanceID)
        #expect(script.coordinator.groups["g"]?.logged?.members.map(\.memberID) == [back.memberID])
    }

    @Test("a leader that cannot skip the assignment is not told that it leads")
    func replacementWithoutSkip() throws {
        let script = GroupScript()
        let first = try #require(script.settleOne(instance: "i"))
        let back = try #require(script.join(script.send(GroupScript.joinRequest(instance: "i", skips: false))))
        #expect(back.leaderID == first.memberID && back.members.isEmpty && !back.skipsAssignment)
    }

    @Test("a waiting static member that is replaced is told that it is fenced")
    func fencedWhileWaiting() throws {
        let script = GroupScript()
        _ = try #require(script.settleOne())
        let waits = script.send(GroupScript.joinRequest(instance: "i"))
        script.send(GroupScript.joinRequest(instance: "i"))
        #expect(script.join(waits)?.error == .fencedInstanceID)
    }

    @Test("after a restart embedded members are gone at once, static and distant ones stay")
    func restart() throws {
        let script = GroupScript()
        _ = script.settleOne(host: GroupConfiguration.embeddedClientHost)
        try script.restart(droppingEmbedded: true)
        #expect(script.coordinator.groups["g"]?.phase == .empty)
        #expect(script.coordinator.groups["g"]?.logged?.members == [])
        for (instance, host) in [("i", GroupConfiguration.embeddedClientHost), (nil, "/10.0.0.1")] {
            let other = GroupScript()
            let joined = try #require(other.settleOne(instance: instance, host: host))
            try other.restart(droppingEmbedded: true)
            #expect(other.heartbeat(joined.memberID, 1, instance: instance) == KafkaErrorCode.none)
        }
    }
}
