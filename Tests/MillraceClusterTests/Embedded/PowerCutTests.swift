import MillraceBroker
import MillraceCluster
import MillraceCore
import MillraceSimulation
import Testing

/// Random transactional histories with the power cut at random points, in the middle of calls and of recoveries.
/// What may never change: those who read committed see each transaction on all its partitions or on none, in the order
/// of sending; every acknowledged commit is there; nothing else is, but for a commit that was under way in the cut;
/// and the group's offsets are those of the last transaction seen.
@Suite("power cuts in the middle of transactions")
struct PowerCutTests {
    @Test("committed transactions, whole, and nothing else", arguments: Seeds.first(80, of: 200))
    func history(seed: UInt64) throws {
        var world = World(seed: seed)
        for life in 0..<5 { try world.live(life) }
        try world.inspect(life: 5)
    }
}

/// The disk over several lives of a broker, and what has to be on it.
private struct World {
    private struct Transaction {
        enum Fate { case open, unknown, committed, gone }
        let producer: Int
        let name: String
        var fate = Fate.open
        var values: [(TopicPartition, String)] = []
        var hasOffset = false
    }

    let seed: UInt64
    private var random: SeededGenerator
    private var disk: SimulatedDisk
    private var transactions: [Transaction] = []
    private let partitions = [TopicPartition("a", 0), TopicPartition("a", 1), TopicPartition("b", 0)]

    init(seed: UInt64) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        disk = SimulatedDisk(seed: seed)
    }

    /// One life: open, check, work until the power goes (or the process is killed, or everything ends in order).
    mutating func live(_ life: Int) throws {
        let cut = PowerCutDisk(disk, seed: random.next())
        if random.once(in: 3) { cut.cut(after: Int.random(in: 0..<40, using: &random)) }
        let fixture = try ClusterFixture(cut, seed: random.next())
        try makeTopics(fixture)
        try check(fixture, "life \(life)")
        if cut.picture == nil { cut.cut(after: Int.random(in: 0..<150, using: &random)) }
        try work(fixture, until: cut)
        if let picture = cut.picture {
            disk = picture
        } else if random.once(in: 2) {
            try fixture.broker.close()
        } else {
            disk.killProcess()
        }
        for index in transactions.indices where transactions[index].fate == .open { transactions[index].fate = .gone }
    }

    /// A last life that only looks.
    mutating func inspect(life: Int) throws {
        let fixture = try ClusterFixture(disk, seed: random.next())
        try makeTopics(fixture)
        try check(fixture, "life \(life)")
    }

    /// Those that an earlier life was cut off before making.
    private func makeTopics(_ fixture: ClusterFixture) throws {
        for topic in ["a", "b"] where try fixture.cluster.admin.describeTopic(topic) == nil {
            try fixture.cluster.admin.createTopic(
                TopicSpecification(name: topic, partitionCount: topic == "a" ? 2 : 1))
        }
    }

    private mutating func work(_ fixture: ClusterFixture, until cut: PowerCutDisk) throws {
        var producers: [any ClusterProducer] = []
        var open: [Int?] = [nil, nil]
        for index in 0..<2 { producers.append(try fixture.producer("t\(index)")) }
        for _ in 0..<60 where cut.picture == nil {
            let who = Int.random(in: 0..<2, using: &random)
            guard let current = open[who] else {
                try producers[who].beginTransaction()
                transactions.append(Transaction(producer: who, name: "x\(transactions.count)"))
                open[who] = transactions.count - 1
                continue
            }
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<4:
                let partition = partitions[Int.random(in: 0..<partitions.count, using: &random)]
                let value = "\(transactions[current].name).\(transactions[current].values.count)"
                transactions[current].values.append((partition, value))
                try producers[who].send([value], to: partition)
            case 4:
                transactions[current].hasOffset = true
                try producers[who].sendOffsets(
                    [TopicPartition("in", Int32(who)): CommittedOffset(.zero, metadata: transactions[current].name)],
                    group: GroupMetadata(groupID: "g", generation: -1, memberID: ""))
            case 5, 6:
                try producers[who].commitTransaction()
                transactions[current].fate = cut.picture == nil ? .committed : .unknown
                open[who] = nil
            default:
                try producers[who].abortTransaction()
                transactions[current].fate = .gone
                open[who] = nil
            }
        }
    }

    private mutating func check(_ fixture: ClusterFixture, _ place: String) throws {
        let seen = try fixture.values(of: partitions)
        let visible = Set(seen.values.joined())
        for (index, transaction) in transactions.enumerated() where transaction.fate == .unknown {
            if transaction.values.isEmpty { continue }
            transactions[index].fate = visible.contains(transaction.values[0].1) ? .committed : .gone
        }
        for partition in partitions {
            let expected = transactions.filter { $0.fate == .committed }.flatMap { transaction in
                transaction.values.filter { $0.0 == partition }.map(\.1)
            }
            let found = seen[partition] ?? []
            #expect(Set(found) == Set(expected), "seed \(seed), \(place), \(partition)")
            #expect(found.count == expected.count, "doubled: seed \(seed), \(place), \(partition)")
            for transaction in transactions where transaction.fate == .committed {
                let own = found.filter { $0.hasPrefix(transaction.name + ".") }
                let sent = transaction.values.filter { $0.0 == partition }.map(\.1)
                #expect(own == sent, "order: seed \(seed), \(place), \(partition)")
            }
        }
        try checkOffsets(fixture, place)
    }

    private func checkOffsets(_ fixture: ClusterFixture, _ place: String) throws {
        for who in 0..<2 {
            let partition = TopicPartition("in", Int32(who))
            let found = try fixture.cluster.admin.committedOffsets(group: "g", partitions: [partition])[partition]
            let own = transactions.filter { $0.producer == who && $0.hasOffset }
            // A commit without records leaves nothing else to tell its fate by.
            var allowed: Set<String?> = [own.last { $0.fate == .committed }?.name]
            if let last = own.last(where: { $0.fate == .committed || $0.fate == .unknown }), last.fate == .unknown {
                allowed.insert(last.name)
            }
            #expect(allowed.contains(found?.metadata), "offsets: seed \(seed), \(place), \(partition): \(allowed)")
        }
    }
}
