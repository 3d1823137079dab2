import MillraceCore
import Testing

@testable import MillraceBroker

@Suite("Server-side assignors")
struct ConsumerAssignorTests {
    static func topic(_ number: Int) -> TopicID { TopicID(high: 1, low: UInt64(number)) }

    /// A random group, now and then with members that read different topics, holes and leftovers in what they have.
    static func input(seed: UInt64, equal: Bool) -> AssignorInput {
        var dice = SplitMix(state: seed)
        let topics = (0..<(1 + dice.below(4))).map(topic)
        let counts = Dictionary(uniqueKeysWithValues: topics.map { ($0, Int32(dice.below(9))) })
        let members = (0..<(1 + dice.below(6))).map { number in
            var read = Set(topics)
            if !equal { read = read.filter { _ in dice.below(3) > 0 } }
            var current: Set<TopicIDPartition> = []
            for topic in topics {
                for partition in Int32(0)..<10 where dice.below(4) == 0 {
                    current.insert(TopicIDPartition(topic, partition))
                }
            }
            return AssignorInput.Member(
                id: "m\(number)", instanceID: dice.below(3) == 0 ? "i\(9 - number)" : nil, topics: read,
                current: current)
        }
        return AssignorInput(members: members, partitionCounts: counts)
    }

    static func check(_ result: [String: Set<TopicIDPartition>], of input: AssignorInput, seed: UInt64) {
        #expect(Set(result.keys) == Set(input.members.map(\.id)), "seed \(seed)")
        var owners: [TopicIDPartition: String] = [:]
        for member in input.members {
            for partition in result[member.id] ?? [] {
                #expect(member.topics.contains(partition.topic), "seed \(seed): \(member.id) does not read it")
                #expect(owners.updateValue(member.id, forKey: partition) == nil, "seed \(seed): two owners")
            }
        }
        for (topic, count) in input.partitionCounts {
            let isRead = input.members.contains { $0.topics.contains(topic) }
            let owned = owners.keys.filter { $0.topic == topic }
            #expect(Set(owned.map(\.partition)) == (isRead ? Set(0..<count) : []), "seed \(seed)")
        }
    }

    @Test("each partition goes to exactly one of those who read it", arguments: 0..<300 as Range<UInt64>)
    func complete(seed: UInt64) {
        for assignor in ConsumerAssignor.allCases {
            for equal in [true, false] {
                let input = Self.input(seed: seed, equal: equal)
                let result = assignor.assign(input)
                Self.check(result, of: input, seed: seed)
                #expect(assignor.assign(input) == result, "seed \(seed): another answer to the same question")
            }
        }
    }

    @Test(
        "uniform: equal members' shares differ by one at most, any others' cannot be evened by one move",
        arguments: 0..<300 as Range<UInt64>)
    func balance(seed: UInt64) {
        let equal = Self.input(seed: seed, equal: true)
        let loads = ConsumerAssignor.uniform.assign(equal).values.map(\.count)
        #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1, "seed \(seed)")

        let input = Self.input(seed: seed, equal: false)
        let result = ConsumerAssignor.uniform.assign(input)
        for member in input.members {
            let own = result[member.id] ?? []
            for other in input.members where own.contains(where: { other.topics.contains($0.topic) }) {
                #expect(own.count <= (result[other.id]?.count ?? 0) + 1, "seed \(seed)")
            }
        }
    }

    @Test("uniform: nothing moves that need not", arguments: 0..<200 as Range<UInt64>)
    func sticky(seed: UInt64) {
        let input = Self.input(seed: seed, equal: true)
        func with(_ current: [String: Set<TopicIDPartition>], _ ids: [String]) -> AssignorInput {
            AssignorInput(
                members: ids.map {
                    .init(id: $0, instanceID: nil, topics: Set(input.partitionCounts.keys), current: current[$0] ?? [])
                }, partitionCounts: input.partitionCounts)
        }
        let ids = input.members.map(\.id)
        let first = ConsumerAssignor.uniform.assign(with([:], ids))
        #expect(ConsumerAssignor.uniform.assign(with(first, ids)) == first, "seed \(seed)")
        // One more: whatever moves, moves to the newcomer.
        let more = ConsumerAssignor.uniform.assign(with(first, ids + ["new"]))
        for id in ids { #expect(more[id]?.isSubset(of: first[id] ?? []) == true, "seed \(seed)") }
        // One less: nobody who stays loses anything.
        let less = ConsumerAssignor.uniform.assign(with(first, Array(ids.dropFirst())))
        for id in ids.dropFirst() { #expect(less[id]?.isSuperset(of: first[id] ?? []) == true, "seed \(seed)") }
    }

    @Test("range: ranges of each topic, the same for topics with as many partitions, static members first")
    func range() {
        let topics = Set([Self.topic(1), Self.topic(2)])
        let members = [("a", nil), ("b", nil), ("z", "i")].map { id, instance in
            AssignorInput.Member(id: id, instanceID: instance, topics: topics, current: [])
        }
        let counts = Dictionary(uniqueKeysWithValues: topics.map { ($0, Int32(7)) })
        let result = ConsumerAssignor.range.assign(AssignorInput(members: members, partitionCounts: counts))
        func partitions(_ id: String, _ topic: Int) -> [Int32] {
            (result[id] ?? []).filter { $0.topic == Self.topic(topic) }.map(\.partition).sorted()
        }
        for topic in 1...2 {
            #expect(partitions("z", topic) == [0, 1, 2])
            #expect(partitions("a", topic) == [3, 4])
            #expect(partitions("b", topic) == [5, 6])
        }
    }

    @Test("a thousand members with ten thousand partitions of topics that not all of them read")
    func large() {
        let topics = (0..<100).map(Self.topic)
        let members = (0..<1_000).map { number in
            AssignorInput.Member(
                id: "m\(number)", instanceID: nil,
                topics: Set(topics.filter { _ in number % 7 != 0 }.prefix(50 + number % 50)),
                current: [])
        }
        let counts = Dictionary(uniqueKeysWithValues: topics.map { ($0, Int32(100)) })
        let input = AssignorInput(members: members, partitionCounts: counts)
        Self.check(ConsumerAssignor.uniform.assign(input), of: input, seed: 0)
    }
}
