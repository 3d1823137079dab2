import MillraceCluster
import MillraceCore
import MillraceSimulation
import Testing

@testable import Millrace

@Suite("The assignor")
struct StreamsAssignorTests {
    private let layout = TaskLayout(subtopologies: [
        .init(id: 0, sources: ["orders", "users"]), .init(id: 1, sources: ["app-x-repartition"]),
    ])
    private let counts: [String: Int32] = ["orders": 4, "users": 4, "app-x-repartition": 2]

    private func member(_ id: String, instance: String, tasks: [TaskID] = []) -> GroupAssignorMember {
        GroupAssignorMember(
            memberID: id, groupInstanceID: nil, topics: layout.sourceTopics,
            userData: AssignorUserData(instance: instance, tasks: tasks).encoded())
    }

    @Test("keeps partition i of all topics of a sub-topology together")
    func together() throws {
        let assignor = StreamsAssignor(layout: layout, instance: "a")
        let result = try assignor.assign(
            members: [member("m1", instance: "a"), member("m2", instance: "b")], partitionCounts: counts)
        for (_, assigned) in result {
            let orders = Set(assigned.partitions.filter { $0.topic == "orders" }.map(\.partition))
            let users = Set(assigned.partitions.filter { $0.topic == "users" }.map(\.partition))
            #expect(orders == users)
        }
        #expect(result.values.flatMap(\.partitions).count == 10)
    }

    @Test("a missing source topic is an error")
    func missing() {
        let assignor = StreamsAssignor(layout: layout, instance: "a")
        #expect(throws: TopologyError.self) {
            try assignor.assign(members: [member("m", instance: "a")], partitionCounts: ["orders": 4])
        }
    }

    @Test("user data comes back as it went, and foreign bytes are no past")
    func userData() {
        let data = AssignorUserData(
            instance: "i-1", tasks: [TaskID(subtopology: 3, partition: 7), TaskID(subtopology: 0, partition: 0)])
        #expect(AssignorUserData(decoding: data.encoded()) == data)
        for bytes in [[], [9], [1, 0], Array("whatever".utf8)] as [[UInt8]] {
            #expect(AssignorUserData(decoding: bytes) == AssignorUserData(instance: "", tasks: []))
        }
    }

    @Test("balances within one, gives every task once, and is sticky", arguments: 0..<200 as Range<UInt64>)
    func balance(seed: UInt64) throws {
        let dice = SeededEntropy(seed: seed)
        let memberCount = Int(dice.next() % 6) + 1
        let tasks = (0..<Int(dice.next() % 30)).map { TaskID(subtopology: $0 % 3, partition: Int32($0 / 3)) }
        func members(_ previous: [String: [TaskID]], count: Int) -> [TaskBalance.Member] {
            (0..<count).map { .init(id: "m\($0)", instance: "i\($0 / 2)", previous: previous["m\($0)"] ?? []) }
        }
        var balance = TaskBalance(members: members([:], count: memberCount))
        let first = balance.assign(tasks)
        #expect(first.values.flatMap { $0 }.sorted() == tasks.sorted(), "seed \(seed)")
        let sizes = first.values.map(\.count)
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1, "seed \(seed)")

        var again = TaskBalance(members: members(first, count: memberCount).shuffled())
        let second = again.assign(tasks)
        #expect(second.mapValues { Set($0) } == first.mapValues { Set($0) }, "seed \(seed): nothing moves")

        var joined = TaskBalance(members: members(first, count: memberCount + 1))
        let third = joined.assign(tasks)
        let moved = third.reduce(0) { $0 + Set($1.value).subtracting(first[$1.key] ?? []).count }
        #expect(moved == third["m\(memberCount)"]?.count, "seed \(seed): only the new member gets other tasks")
    }
}
