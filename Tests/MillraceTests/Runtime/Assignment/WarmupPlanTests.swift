import MillraceCluster
import MillraceSimulation
import Testing

@testable import Millrace

@Suite("Warm-up before a move")
struct WarmupPlanTests {
    private static let limits = WarmupPlan.Limits(acceptableLag: 100, warmupsMaximum: 2)
    private func tasks(_ count: Int) -> [TaskID] { (0..<count).map { TaskID(subtopology: 0, partition: Int32($0)) } }

    private func plan(_ members: [TaskBalance.Member], _ balanced: [String: [TaskID]]) -> WarmupPlan {
        WarmupPlan(members: members, balanced: balanced, limits: Self.limits) { $0.subtopology == 0 }
    }

    @Test("a task stays with its owner until the other is ready, two at a time")
    func holdsBack() {
        let all = tasks(4)
        let plan = plan(
            [.init(id: "m1", instance: "a", active: all), .init(id: "m2", instance: "b")],
            ["m1": [all[0]], "m2": [all[1], all[2], all[3]]])
        #expect(plan.active == ["m1": all, "m2": []])
        #expect(plan.warmups == ["m2": [all[1], all[2]]])
    }

    @Test(
        "it moves once it is warm, inside an instance, without state, and where nobody has it", arguments: [100, 101])
    func moves(lag: Int64) {
        let all = tasks(2)
        let stateless = TaskID(subtopology: 1, partition: 0)
        let orphan = TaskID(subtopology: 0, partition: 7)
        let members: [TaskBalance.Member] = [
            .init(id: "m1", instance: "a", active: all + [stateless]),
            .init(id: "m2", instance: "a"),
            .init(id: "m3", instance: "b", standby: [all[0]], lags: [all[0]: lag], onDisk: [orphan]),
        ]
        let plan = plan(members, ["m1": [], "m2": [all[1]], "m3": [all[0], stateless, orphan].sorted()])
        #expect(plan.active["m2"] == [all[1]])
        let isWarm = lag <= 100
        #expect(plan.active["m3"] == (isWarm ? [all[0], orphan, stateless] : [orphan, stateless]))
        #expect(plan.active["m1"] == (isWarm ? [] : [all[0]]))
        #expect(plan.warmups == (isWarm ? [:] : ["m3": [all[0]]]))
    }

    @Test("what an instance keeps warm in any case is not kept twice")
    func standbys() {
        let all = tasks(2)
        let members: [TaskBalance.Member] = [
            .init(id: "m1", instance: "a", active: all), .init(id: "m2", instance: "b"),
            .init(id: "m3", instance: "b"),
        ]
        let plan = plan(members, ["m1": [], "m2": [all[0]], "m3": [all[1]]])
        let standby = plan.added(to: ["m3": [all[0]]], members: members)
        #expect(standby == ["m2": [], "m3": [all[0], all[1]]])
        #expect(plan.awaited(of: "m3", standby: standby["m3"] ?? [], members: members) == all, "m2's as well")
    }

    @Test(
        "however instances come and go, it ends, evenly, each task with one owner", arguments: 0..<300 as Range<UInt64>)
    func converges(seed: UInt64) throws {
        let dice = SeededEntropy(seed: seed)
        let count = Int32(dice.next() % 12 + 1)
        let replicas = Int(dice.next() % 3)
        let layout = TaskLayout(subtopologies: [.init(id: 0, sources: ["in"], hasState: true)])
        let assignor = StreamsAssignor(layout: layout, instance: "leader", standbyReplicas: replicas)
        var members: [String: AssignorUserData] = [:]
        for change in 0..<6 {
            if members.isEmpty || dice.next() % 3 > 0 {
                members["m\(dice.next() % 1_000)-\(change)"] = AssignorUserData(instance: "i\(change)")
            } else if members.count > 1, let gone = members.keys.sorted().first {
                members[gone] = nil
            }
            var rounds = 0
            var isWarming = true
            while isWarming, rounds < 30 {
                rounds += 1
                let answers = try assignor.assign(
                    members: members.map { id, data in
                        GroupAssignorMember(
                            memberID: id, groupInstanceID: nil, topics: ["in"], userData: data.encoded())
                    }, partitionCounts: ["in": count])
                #expect(answers.values.flatMap(\.partitions).map(\.partition).sorted() == Array(0..<count))
                isWarming = false
                for (id, answer) in answers {
                    let told = AssignmentUserData(decoding: answer.userData)
                    if !told.warmups.isEmpty { isWarming = true }
                    let active = answer.partitions.map { TaskID(subtopology: 0, partition: $0.partition) }
                    #expect(Set(active).isDisjoint(with: told.standby), "seed \(seed)")
                    members[id]?.active = active
                    members[id]?.standby = told.standby
                    members[id]?.lags = Dictionary(uniqueKeysWithValues: told.standby.map { ($0, 0) })
                }
                for id in members.keys { members[id]?.generation = Int32(change * 100 + rounds) }
            }
            #expect(!isWarming, "seed \(seed), change \(change): still \(rounds) rounds later")
            let sizes = members.values.map(\.active.count)
            #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1, "seed \(seed): \(sizes)")
            let standbys = members.values.reduce(0) { $0 + $1.standby.count }
            #expect(standbys == Int(count) * min(replicas, members.count - 1), "seed \(seed)")
        }
    }
}
