import MillraceCore
import MillraceSimulation
import Testing

@testable import MillraceBroker

/// Random members of the consumer protocol against one coordinator: answers are lost, members fall silent, topics come
/// and go, the broker restarts. The checks know the invariants, not the code.
@Suite("Any schedule of members of the consumer protocol")
struct ConsumerGroupPropertyTests {
    /// A client as KIP-848 wants it: it tells what it owns, gives up what is taken from it, rejoins when it is fenced.
    struct Client {
        let id: String
        let instance: String?
        var epoch: Int32 = 0
        /// What the last answer gave it.
        var assigned: Set<TopicIDPartition> = []
        /// What it works with: it gives up before it takes.
        var owned: Set<TopicIDPartition> = []
        var isIn = false
        /// An answer was lost: the next heartbeat says everything, to be told everything.
        var saysAll = false
        var lives = 0

        var memberID: String { "\(id)-\(lives)" }

        mutating func fence() {
            epoch = 0
            owned = []
            assigned = []
        }
    }

    @Test(
        "one owner for each partition, an end to every rebalance, and a replay that agrees",
        arguments: Seeds.first(80, of: 200))
    func schedule(seed: UInt64) throws {
        var dice = SplitMix(state: seed)
        let script = GroupScript(seed: seed)
        script.topics(["t": 4, "u": 3])
        var clients = (0..<4).map { Client(id: "m\($0)", instance: $0 == 0 ? "i" : nil) }
        for _ in 0..<150 {
            switch dice.below(12) {
            case 0: script.topics(["t": Int32(2 + dice.below(4)), "u": 3, "v\(dice.below(2))": 2])
            case 1: script.advance(seconds: Int64(dice.below(30)))
            case 2 where dice.below(4) == 0: try script.restart()
            case 3: leave(&clients[dice.below(4)], script, &dice)
            default: beat(&clients[dice.below(4)], script, losing: dice.below(6) == 0)
            }
            check(script, clients, seed: seed)
        }
        // Left alone with its members, the group settles.
        for _ in 0..<12 {
            for place in clients.indices { beat(&clients[place], script, losing: false) }
            check(script, clients, seed: seed)
        }
        let group = try #require(script.consumer)
        #expect(group.stateName == "Stable", "seed \(seed)")
        var all: Set<TopicIDPartition> = []
        for name in group.subscribedTopics {
            guard let topic = script.coordinator.topics[name] else { continue }
            for partition in 0..<topic.partitionCount { all.insert(TopicIDPartition(topic.id, partition)) }
        }
        #expect(Set(clients.flatMap(\.owned)) == all, "seed \(seed)")
        for client in clients {
            #expect(client.owned == group.targets[client.memberID], "seed \(seed)")
        }
        #expect(try script.replayed().groups["g"]?.consumer == script.consumer, "seed \(seed)")
    }

    private func beat(_ client: inout Client, _ script: GroupScript, losing: Bool) {
        var request = GroupScript.joining(
            client.memberID, topics: ["t", "u"], pattern: "v.*", instance: client.instance)
        if client.isIn, client.epoch > 0 {
            client.owned = client.assigned
            if client.saysAll {
                request.memberEpoch = client.epoch
                request.ownedPartitions = TopicIDPartitions.lists(of: client.owned)
            } else {
                request = GroupScript.staying(
                    client.memberID, client.epoch, owning: client.owned, instance: client.instance)
            }
        } else {
            client.fence()
            client.isIn = true
        }
        client.saysAll = losing
        let response = script.beat(request)
        if losing { return }
        switch response.error {
        case .none:
            client.epoch = response.memberEpoch
            if let partitions = response.partitions {
                client.assigned = partitions
                client.owned = partitions
            }
        case .unreleasedInstanceID: break
        default: client.fence()
        }
    }

    private func leave(_ client: inout Client, _ script: GroupScript, _ dice: inout SplitMix) {
        guard client.isIn, client.epoch > 0 else { return }
        let epoch: Int32 = client.instance != nil && dice.below(2) == 0 ? -2 : -1
        script.beat(GroupScript.staying(client.memberID, epoch, instance: client.instance))
        client.fence()
        client.isIn = false
        client.lives += 1
    }

    private func check(_ script: GroupScript, _ clients: [Client], seed: UInt64) {
        guard let group = script.consumer else { return }
        #expect(group.epoch >= group.targetEpoch, "seed \(seed)")
        var owners: [TopicIDPartition: String] = [:]
        for (id, member) in group.members {
            #expect(member.current.epoch <= group.targetEpoch, "seed \(seed)")
            for partition in member.current.assigned.union(member.current.pendingRevocation) {
                #expect(owners.updateValue(id, forKey: partition) == nil, "seed \(seed): two holders in the group")
            }
            if member.current.state == .stable, member.current.epoch == group.targetEpoch {
                #expect(member.current.assigned == group.targets[id] ?? [], "seed \(seed)")
            }
        }
        #expect(group.owners == owners, "seed \(seed)")
        // What counts: no two clients that the group still believes in work with the same partition.
        var workers: [TopicIDPartition: String] = [:]
        for client in clients where client.isIn && group.members[client.memberID] != nil {
            for partition in client.owned {
                #expect(
                    workers.updateValue(client.memberID, forKey: partition) == nil,
                    "seed \(seed): two clients work on it")
            }
        }
    }
}
