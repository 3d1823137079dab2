import MillraceBroker
import MillraceCore
import Testing

@testable import MillraceCluster

@Suite("A consumer's membership")
struct GroupMemberTests {
    @Test("one member gets everything, with its generation")
    func alone() {
        let script = MemberScript()
        script.add()
        #expect(script.members[0].metadata == nil)
        script.run(seconds: 1)
        #expect(script.isShared && script.members[0].metadata?.generation == 1)
        #expect(script.events[0] == ["assigned"])
    }

    @Test("a second member takes over half after the first has let go; a leaver gives it back")
    func sharing() {
        let script = MemberScript()
        script.add()
        script.run(seconds: 2)
        script.add()
        script.run(seconds: 4)
        #expect(script.isShared && script.assigned[1]?.count == 2)
        #expect(script.events[0] == ["assigned", "revoking", "assigned"])
        let actions = script.members[1].leave(now: script.now.monotonic)
        script.alive[1] = false
        script.perform(actions, of: 1)
        script.run(seconds: 3)
        #expect(script.isShared && script.assigned[0]?.count == 4)
    }

    @Test("a member that falls silent is replaced, and has lost its partitions when it wakes up")
    func silence() {
        let script = MemberScript()
        script.add()
        script.add()
        script.run(seconds: 5)
        script.alive[1] = false
        script.run(seconds: 15)
        #expect(script.isShared && script.assigned[0]?.count == 4)
        script.alive[1] = true
        script.assigned[1] = []
        script.run(seconds: 5)
        #expect(script.events[1].contains("lost"))
        #expect(script.isShared && script.assigned[1]?.count == 2)
    }

    @Test("asking for a rebalance gives partitions back in a new generation")
    func rejoin() {
        let script = MemberScript()
        script.add()
        script.run(seconds: 1)
        script.perform(script.members[0].rejoin(now: script.now.monotonic), of: 0)
        script.run(seconds: 1)
        #expect(script.isShared && script.members[0].metadata?.generation == 2)
    }

    @Test("a static member that is replaced is told so and stops")
    func fenced() {
        let script = MemberScript()
        script.add(instance: "i")
        script.run(seconds: 1)
        script.add(instance: "i")
        script.run(seconds: 3)
        #expect(script.failures[0]?.kind == .fenced && script.failures[1] == nil)
        #expect(script.events[0] == ["assigned", "lost"])
        #expect(script.assigned[1]?.count == 4 && script.members[1].metadata?.generation == 1)
    }

    @Test("a coordinator whose log fails is tried again")
    func retry() {
        let script = MemberScript()
        script.refuseNext = .coordinatorNotAvailable
        script.add()
        script.run(seconds: 3)
        #expect(script.refuseNext == nil && script.isShared)
    }

    @Test(
        "what a refused commit says of the membership",
        arguments: [
            (KafkaErrorCode.unknownMemberID, ["assigned", "lost", "assigned"]),
            (.illegalGeneration, ["assigned", "lost", "assigned"]),
            (.rebalanceInProgress, ["assigned", "revoking", "assigned"]),
            (.offsetMetadataTooLarge, ["assigned"]),
            (.fencedInstanceID, ["assigned", "lost"]),
        ])
    func commitRefused(code: KafkaErrorCode, events: [String]) {
        let script = MemberScript()
        script.add()
        script.run(seconds: 1)
        script.perform(script.members[0].commitRefused(code, now: script.now.monotonic), of: 0)
        script.run(seconds: 25)
        #expect(script.events[0] == events)
    }

    @Test("an assignor that throws ends the membership with its error")
    func assignorThrows() {
        struct Broken: GroupAssignor {
            struct Refusal: Error {}
            let name = "broken"
            func userData() -> [UInt8] { [] }
            func assign(members: [GroupAssignorMember], partitionCounts: [String: Int32]) throws
                -> [String: GroupAssignorResult]
            { throw Refusal() }
        }
        let script = MemberScript()
        script.add(assignor: Broken())
        script.run(seconds: 1)
        #expect(script.failures[0]?.kind == .invalidRequest)
        #expect(script.members[0].nextDeadline == nil)
    }

    @Test("a group that refuses the member for good says so")
    func refused() {
        let script = MemberScript()
        script.add(group: "")
        script.run(seconds: 1)
        #expect(script.failures[0]?.code == .invalidGroupID)
    }

    @Test(
        "members that come, fall silent, leave and ask for rebalances share all partitions in the end",
        arguments: 0..<50 as Range<UInt64>)
    func schedules(seed: UInt64) {
        var state = seed
        func below(_ bound: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % bound)
        }
        let script = MemberScript()
        script.add()
        for _ in 0..<40 {
            let place = below(UInt64(script.members.count))
            switch below(6) {
            case 0 where script.members.count < 6: script.add()
            case 1: script.alive[place] = false
            case 2: script.perform(script.members[place].rejoin(now: script.now.monotonic), of: place)
            case 3 where script.alive[place] && place > 0:
                let actions = script.members[place].leave(now: script.now.monotonic)
                script.alive[place] = false
                script.perform(actions, of: place)
            default: break
            }
            script.run(seconds: Int64(below(4)))
        }
        script.add()
        script.run(seconds: 60)
        #expect(script.isShared, "seed \(seed): \(script.assigned) \(script.alive)")
    }
}
