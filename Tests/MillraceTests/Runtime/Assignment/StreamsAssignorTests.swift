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

    private func member(_ id: String, instance: String) -> GroupAssignorMember {
        member(id, AssignorUserData(instance: instance))
    }

    private func member(_ id: String, _ data: AssignorUserData) -> GroupAssignorMember {
        GroupAssignorMember(
            memberID: id, groupInstanceID: nil, topics: layout.sourceTopics, userData: data.encoded())
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

    @Test("tells every member which instance has which tasks, and where it is reached")
    func instances() throws {
        let host = HostInfo(host: "10.0.0.1", port: 8080)
        let result = try StreamsAssignor(layout: layout, instance: "a").assign(
            members: [
                member("m1", AssignorUserData(instance: "a", host: host)), member("m2", instance: "b"),
                member("m3", instance: "a"),
            ], partitionCounts: counts)
        let told = result.mapValues { AssignmentUserData(decoding: $0.userData).instances }
        let first = try #require(told["m1"])
        #expect(Set(told.values).count == 1)
        #expect(first.map(\.instance) == ["a", "b"])
        #expect(first.map(\.host) == [host, nil])
        #expect(first.map(\.active.count) == [4, 2])
        #expect(Set(first.flatMap(\.active)).count == 6)
    }

    @Test(
        "instances that share a state directory keep nothing warm for each other, and tasks move between them at once")
    func sharedDirectory() throws {
        let stateful = TaskLayout(subtopologies: [.init(id: 0, sources: ["orders", "users"], hasState: true)])
        let all = (0..<4).map { TaskID(subtopology: 0, partition: $0) }
        func assign(other: String) throws -> [AssignmentUserData] {
            try StreamsAssignor(layout: stateful, instance: "x-0", standbyReplicas: 1).assign(
                members: [
                    member("m1", AssignorUserData(instance: "x-0", generation: 1, active: all)),
                    member("m2", AssignorUserData(instance: other)),
                ], partitionCounts: counts
            ).sorted { $0.key < $1.key }.map { AssignmentUserData(decoding: $0.value.userData) }
        }
        let shared = try assign(other: "x-1")
        #expect(shared.allSatisfy { $0.standby.isEmpty && $0.warmups.isEmpty })
        #expect(shared.first?.instances.map(\.active.count) == [2, 2])
        let apart = try assign(other: "y-0")
        #expect(apart.last?.warmups.count == 2 && apart.last?.standby.count == 4)
        #expect(apart.first?.instances.map(\.active.count) == [4, 0])
    }

    @Test("one member that asks to stop stops all")
    func stop() throws {
        let failed = StreamsAssignor(layout: layout, instance: "b")
        func stops() throws -> [Bool] {
            let members = [
                member("m1", instance: "a"),
                GroupAssignorMember(
                    memberID: "m2", groupInstanceID: nil, topics: layout.sourceTopics, userData: failed.userData()),
            ]
            return try StreamsAssignor(layout: layout, instance: "a").assign(members: members, partitionCounts: counts)
                .values.map { AssignmentUserData(decoding: $0.userData).stopsApplication }
        }
        #expect(try stops() == [false, false])
        failed.requestStop()
        #expect(try stops() == [true, true])
    }

    @Test("who missed an assignment has no claim to what it ran before")
    func oldClaims() throws {
        let task = TaskID(subtopology: 0, partition: 2)
        let other = TaskID(subtopology: 0, partition: 3)
        let sound = AssignorUserData.withoutOldClaims([
            "stalled": AssignorUserData(instance: "a", generation: 4, active: [task, other]),
            "present": AssignorUserData(instance: "b", generation: 5, active: [task]),
        ])
        #expect(sound["stalled"]?.active == [other] && sound["stalled"]?.onDisk == [task])
        #expect(sound["present"]?.active == [task] && sound["present"]?.onDisk == [])
    }

    @Test("a restarted instance gets what lies on its disk, if others have more than their share")
    func returning() {
        let tasks = (0..<4).map { TaskID(subtopology: 0, partition: Int32($0)) }
        var balance = TaskBalance(members: [
            .init(id: "m1", instance: "a", active: tasks),
            .init(id: "m0", instance: "b", onDisk: [tasks[0], tasks[2]]),
        ])
        let result = balance.assign(tasks).mapValues { Set($0) }
        #expect(result == ["m0": [tasks[0], tasks[2]], "m1": [tasks[1], tasks[3]]])
    }

    @Test("user data comes back as it went, and foreign bytes are no past")
    func userData() {
        let tasks = [TaskID(subtopology: 3, partition: 7), TaskID(subtopology: 0, partition: 0)]
        let data = AssignorUserData(
            instance: "i-1", host: HostInfo(host: "h", port: 1), generation: 9, active: tasks, standby: [tasks[1]],
            onDisk: tasks, lags: [tasks[0]: 1 << 40, tasks[1]: 0], stopsApplication: true)
        #expect(AssignorUserData(decoding: data.encoded()) == data)
        let answer = AssignmentUserData(
            standby: [tasks[0]], warmups: [tasks[0]], acceptableLag: 77,
            instances: [
                InstanceAssignment(instance: "i", host: HostInfo(host: "h", port: 65_535), active: tasks),
                InstanceAssignment(instance: "j", standby: tasks),
            ], stopsApplication: true)
        #expect(AssignmentUserData(decoding: answer.encoded()) == answer)
        for bytes in [[], [9], [1, 0], [2, 0, 0], [3, 0, 0], Array("whatever".utf8)] as [[UInt8]] {
            #expect(AssignorUserData(decoding: bytes) == AssignorUserData(instance: ""))
            #expect(AssignmentUserData(decoding: bytes) == AssignmentUserData())
        }
        for cut in 0..<data.encoded().count {
            let bytes = Array(data.encoded().prefix(cut))
            #expect(AssignorUserData(decoding: bytes) == AssignorUserData(instance: ""))
        }
    }

    @Test("balances within one, gives every task once, and is sticky", arguments: 0..<200 as Range<UInt64>)
    func balance(seed: UInt64) throws {
        let dice = SeededEntropy(seed: seed)
        let memberCount = Int(dice.next() % 6) + 1
        let tasks = (0..<Int(dice.next() % 30)).map { TaskID(subtopology: $0 % 3, partition: Int32($0 / 3)) }
        func members(_ previous: [String: [TaskID]], count: Int) -> [TaskBalance.Member] {
            (0..<count).map { .init(id: "m\($0)", instance: "i\($0 / 2)", active: previous["m\($0)"] ?? []) }
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
