import MillraceCore
import MillraceSimulation
import Testing

@testable import MillraceBroker

/// Random members against one coordinator: joins, syncs, heartbeats, commits, leaves, silence, lost log writes and
/// restarts. The checks know the invariants, not the code.
@Suite("Any schedule of members")
struct GroupPropertyTests {
    struct Client {
        var memberID = ""
        var instance: String?
        var generation: Int32 = -1
        var joining: ReplyToken?
        var syncing: ReplyToken?
        var joined: JoinGroupResponse?
    }

    @Test(
        "keeps one owner, rising generations, fences, answers everyone and replays",
        arguments: Seeds.first(100, of: 200)
    )
    func schedule(seed: UInt64) throws {
        var dice = SplitMix(state: seed)
        let script = GroupScript(GroupConfiguration(initialRebalanceDelay: .seconds(Int64(dice.below(3)))), seed: seed)
        var clients = (0..<4).map { Client(instance: $0 == 0 ? "i0" : nil) }
        var highest: Int32 = 0
        var owners: [Int32: [UInt8: String]] = [:]
        for _ in 0..<250 {
            let which = dice.below(4)
            step(&clients[which], dice.below(10), script, &dice)
            if dice.below(40) == 0 {
                try script.restart()
                highest = script.coordinator.groups["g"]?.generation ?? 0
                // What was not logged is forgotten: nobody is answered, and generations count on from the log.
                for place in clients.indices { clients[place] = Client(instance: clients[place].instance) }
                script.forgetWaiting()
                owners = [:]
            }
            for place in clients.indices { absorb(&clients[place], script) }
            check(script, clients, &highest, &owners, seed: seed)
        }
        // Left alone, everyone who waits gets an answer.
        for _ in 0..<20 { script.advance(seconds: 60) }
        #expect(script.waiting.isEmpty, "seed \(seed)")
        let replayed = try script.replayed()
        for id in Set(replayed.groups.keys).union(script.coordinator.groups.keys) {
            #expect(replayed.groups[id]?.logged == script.coordinator.groups[id]?.logged, "seed \(seed)")
            #expect(
                replayed.groups[id]?.offsets.committed.mapValues(\.value)
                    == script.coordinator.groups[id]?.offsets.committed.mapValues(\.value), "seed \(seed)")
        }
    }

    private func step(_ client: inout Client, _ choice: Int, _ script: GroupScript, _ dice: inout SplitMix) {
        let caller = GroupCaller(
            groupID: "g", memberID: client.memberID, groupInstanceID: client.instance,
            generation: client.generation)
        switch choice {
        case 0, 1, 2, 3:
            guard client.joining == nil || dice.below(4) == 0 else { return }
            client.syncing = nil
            client.joining = script.send(
                GroupScript.joinRequest(client.memberID, instance: client.instance, known: dice.below(2) == 0))
        case 4, 5:
            guard let joined = client.joined else { return }
            var gives: [String: [UInt8]] = [:]
            for (place, member) in joined.members.enumerated() { gives[member.memberID] = [UInt8(place)] }
            client.joined = nil
            client.syncing = script.sync(joined, instance: client.instance, gives: gives)
        case 6:
            _ = script.send(.heartbeat(HeartbeatRequest(caller: caller)))
        case 7:
            let producer = dice.below(2) == 0 ? nil : Int64(dice.below(3))
            let before = script.coordinator.groups["g"]
            let error = script.commit(Int64(dice.below(100)), by: caller, producer: producer)
            if client.generation >= 0, client.generation != before?.generation {
                #expect(error != KafkaErrorCode.none, "generation \(client.generation) committed")
            }
            if let producer, dice.below(2) == 0 { script.marker(producer, dice.below(2) == 0 ? .commit : .abort) }
        case 8:
            guard dice.below(3) == 0 else { return }
            let leaver = LeaveGroupRequest.Member(memberID: client.memberID, groupInstanceID: client.instance)
            script.send(.leave(LeaveGroupRequest(groupID: "g", members: [leaver])))
            client = Client(instance: client.instance)
        default:
            script.advance(seconds: Int64(dice.below(9)))
        }
    }

    private func absorb(_ client: inout Client, _ script: GroupScript) {
        if let token = client.joining, let response = script.join(token) {
            client.joining = nil
            if response.error == .none { client.generation = response.generation }
            client.joined = response.error == .none ? response : nil
            switch response.error {
            case .none, .memberIDRequired: client.memberID = response.memberID
            case .unknownMemberID, .fencedInstanceID: client = Client(instance: client.instance)
            default: break
            }
        }
        if let token = client.syncing, script.sync(token) != nil { client.syncing = nil }
    }

    private func check(
        _ script: GroupScript, _ clients: [Client], _ highest: inout Int32,
        _ owners: inout [Int32: [UInt8: String]], seed: UInt64
    ) {
        guard let group = script.coordinator.groups["g"] else { return }
        #expect(group.generation >= highest, "seed \(seed): generation went from \(highest) to \(group.generation)")
        highest = group.generation
        guard group.phase == .stable else { return }
        var seen: Set<UInt8> = []
        for member in group.members {
            guard let partition = member.assignment.first else { continue }
            #expect(seen.insert(partition).inserted, "seed \(seed): partition \(partition) has two owners")
            let owner = member.groupInstanceID ?? member.memberID
            let known = owners[group.generation, default: [:]][partition]
            #expect(known == nil || known == owner, "seed \(seed): generation \(group.generation) changed its mind")
            owners[group.generation, default: [:]][partition] = owner
        }
    }
}

/// A small seeded generator.
struct SplitMix {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}
