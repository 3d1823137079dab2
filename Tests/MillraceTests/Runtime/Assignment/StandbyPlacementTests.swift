import MillraceSimulation
import Testing

@testable import Millrace

@Suite("Where tasks are kept warm")
struct StandbyPlacementTests {
    private func tasks(_ count: Int) -> [TaskID] { (0..<count).map { TaskID(subtopology: 0, partition: Int32($0)) } }

    @Test("never where the task runs, on as many instances as there are, evenly", arguments: 0..<200 as Range<UInt64>)
    func properties(seed: UInt64) {
        let dice = SeededEntropy(seed: seed)
        let instances = Int(dice.next() % 5) + 1
        let threads = Int(dice.next() % 3) + 1
        let replicas = Int(dice.next() % 3)
        let all = tasks(Int(dice.next() % 24))
        func members(_ active: [String: [TaskID]], _ standby: [String: [TaskID]]) -> [TaskBalance.Member] {
            (0..<instances * threads).map { index in
                let id = "m\(index)"
                return .init(
                    id: id, instance: "i\(index / threads)", active: active[id] ?? [], standby: standby[id] ?? [])
            }
        }
        var balance = TaskBalance(members: members([:], [:]))
        let active = balance.assign(all)
        var placement = StandbyPlacement(members: members(active, [:]).shuffled(), active: active)
        let standby = placement.place(all, replicas: replicas)
        let instance = Dictionary(uniqueKeysWithValues: members([:], [:]).map { ($0.id, $0.instance) })
        for task in all {
            let owner = active.first { $0.value.contains(task) }.flatMap { instance[$0.key] }
            let keepers = standby.filter { $0.value.contains(task) }.compactMap { instance[$0.key] }
            #expect(keepers.count == min(replicas, instances - 1), "seed \(seed): \(task)")
            #expect(Set(keepers).count == keepers.count && !keepers.contains(owner ?? ""), "seed \(seed): \(task)")
        }
        var again = StandbyPlacement(members: members(active, standby).shuffled(), active: active)
        #expect(again.place(all, replicas: replicas) == standby, "seed \(seed): nothing moves")
    }

    @Test("a task is taken over by the instance that kept it warm, and kept warm where it lies")
    func takeover() {
        let all = tasks(4)
        let left: [TaskBalance.Member] = [
            .init(id: "m2", instance: "b", active: [all[2]], standby: [all[0]]),
            .init(id: "m3", instance: "c", active: [all[3]], standby: [all[1]], onDisk: [all[2]]),
        ]
        var balance = TaskBalance(members: left)
        let active = balance.assign(all).mapValues { $0.sorted() }
        #expect(active == ["m2": [all[0], all[2]], "m3": [all[1], all[3]]])
        var placement = StandbyPlacement(members: left, active: active)
        #expect(placement.place(all, replicas: 1) == ["m2": [all[1], all[3]], "m3": [all[0], all[2]]])
    }

    @Test("without other instances nothing is kept warm")
    func alone() {
        let all = tasks(3)
        let members: [TaskBalance.Member] = [.init(id: "m1", instance: "a"), .init(id: "m2", instance: "a")]
        var placement = StandbyPlacement(members: members, active: ["m1": [all[0]], "m2": [all[1], all[2]]])
        #expect(placement.place(all, replicas: 2).isEmpty)
    }
}
