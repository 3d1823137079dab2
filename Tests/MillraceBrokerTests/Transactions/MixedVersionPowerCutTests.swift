import MillraceBroker
import MillraceCore
import MillraceSimulation
import Testing

/// Random histories of clients over the wire that outlive the broker and change the version of their transactions at
/// will, with the power cut, the process killed or the broker closed at random points. What may never change: those
/// who read committed see each transaction on all its partitions or on none, doubled nowhere; every acknowledged
/// commit is there; what was aborted, or never asked to be committed, is never there. Without syncs commits may be
/// lost and torn in a power cut, and the last of these rules is all that is left.
@Suite("power cuts with clients of both versions")
struct MixedVersionPowerCutTests {
    @Test("committed transactions, whole, and nothing else", arguments: Seeds.first(60, of: 150))
    func synced(seed: UInt64) throws {
        var world = World(seed: seed, durability: .everyCommit)
        for life in 0..<6 { try world.live(life) }
        try world.inspect()
    }

    @Test("without syncs nothing that was not committed", arguments: Seeds.first(40, of: 100))
    func unsynced(seed: UInt64) throws {
        var world = World(seed: seed, durability: .system)
        for life in 0..<6 { try world.live(life) }
        try world.inspect()
    }
}

/// The disk and the clients over several lives of a broker, and what has to be on the disk.
private struct World {
    private struct Transaction {
        enum Fate { case open, unknown, committed, gone }
        let client: Int
        let name: String
        var fate = Fate.open
        var values: [(TopicPartition, String)] = []
    }

    /// What a client knows of itself.
    private struct Client {
        var wire: WireClient?
        var open: Int?
        var version = TransactionVersion.v1
        /// Asked to commit without hearing of it, in this version.
        var unanswered: (transaction: Int, version: TransactionVersion)?
        /// The power was cut since it initialised: what it has sent may be lost.
        var mayBeRefused = false
    }

    let seed: UInt64
    let durability: Durability
    private var random: SeededGenerator
    private var disk: SimulatedDisk
    private var clients = [Client(), Client(), Client()]
    private var transactions: [Transaction] = []
    private let partitions = [TopicPartition("a", 0), TopicPartition("a", 1), TopicPartition("b", 0)]

    init(seed: UInt64, durability: Durability) {
        self.seed = seed
        self.durability = durability
        random = SeededGenerator(seed: seed)
        disk = SimulatedDisk(seed: seed)
    }

    private func open(_ disk: any Disk, seed: UInt64) throws -> Broker {
        var configuration = BrokerConfiguration(dataDirectory: "/data", durability: durability)
        configuration.hasMaintenanceThread = false
        let broker = try Broker(
            configuration, disk: disk, clock: ManualClock(Timestamp(1_000_000)), entropy: SeededEntropy(seed: seed))
        for (topic, count) in [("a", 2), ("b", 1)] as [(String, Int32)]
        where try broker.describeTopic(topic) == nil {
            try broker.createTopic(topic, partitionCount: count)
        }
        return broker
    }

    /// One life: open, check, work until the power goes, or the process is killed, or everything ends in order.
    mutating func live(_ life: Int) throws {
        let cut = PowerCutDisk(disk, seed: random.next())
        if random.once(in: 3) { cut.cut(after: Int.random(in: 0..<40, using: &random)) }
        let broker = try open(cut, seed: random.next())
        try check(broker, "life \(life)")
        if cut.picture == nil, random.once(in: 2) { cut.cut(after: Int.random(in: 0..<200, using: &random)) }
        for index in clients.indices where cut.picture == nil { try resume(index, broker, cut) }
        for _ in 0..<80 where cut.picture == nil { try step(broker, cut) }
        if let picture = cut.picture {
            disk = picture
            for index in clients.indices { clients[index].mayBeRefused = true }
        } else if random.once(in: 2) {
            try broker.close()
        } else {
            disk.killProcess()
        }
        for index in transactions.indices where transactions[index].fate == .open { transactions[index].fate = .gone }
    }

    mutating func inspect() throws { try check(try open(disk, seed: random.next()), "the end") }

    /// A client meets the broker again, after a restart.
    private mutating func resume(_ index: Int, _ broker: Broker, _ cut: PowerCutDisk) throws {
        guard var wire = clients[index].wire else { return try initialize(index, broker, cut) }
        wire.broker = broker
        clients[index].wire = wire
        if let (transaction, version) = clients[index].unanswered {
            if random.once(in: 2), (try? wire.end(.commit, version)) != nil {
                let isThere = transactions[transaction].fate == .committed || durability != .everyCommit
                #expect(isThere, "seed \(seed): \(transactions[transaction].name) is said to be committed")
            }
            return try initialize(index, broker, cut)
        }
        guard clients[index].open != nil else { return }
        clients[index].open = nil
        // Its transaction is gone: as a client of version 2 it may abort it, else it says who it was, or begins anew.
        switch Int.random(in: 0..<3, using: &random) {
        case 0: try attempt(index, broker, cut) { client in try client.end(.abort, .v2) }
        case 1: try attempt(index, broker, cut) { client in try client.initialize(presenting: true) }
        default: try initialize(index, broker, cut)
        }
    }

    private mutating func initialize(_ index: Int, _ broker: Broker, _ cut: PowerCutDisk) throws {
        let wire = try WireClient(broker, "t\(index)")
        clients[index] = Client(wire: cut.picture == nil ? wire : nil)
    }

    /// Asks; a client that is refused begins anew. Answers that come after the cut have never come.
    private mutating func attempt(
        _ index: Int, _ broker: Broker, _ cut: PowerCutDisk, _ body: (inout WireClient) throws -> Void
    ) throws {
        guard var wire = clients[index].wire else { return }
        do {
            try body(&wire)
            clients[index].wire = cut.picture == nil ? wire : nil
        } catch {
            if let open = clients[index].open { transactions[open].fate = .gone }
            #expect(clients[index].mayBeRefused, "seed \(seed): \(error)")
            try initialize(index, broker, cut)
        }
    }

    private mutating func step(_ broker: Broker, _ cut: PowerCutDisk) throws {
        let index = Int.random(in: 0..<clients.count, using: &random)
        guard let current = clients[index].open else {
            transactions.append(Transaction(client: index, name: "x\(transactions.count)"))
            clients[index].open = transactions.count - 1
            if random.once(in: 3) { clients[index].version = clients[index].version == .v1 ? .v2 : .v1 }
            return
        }
        let version = clients[index].version
        switch Int.random(in: 0..<7, using: &random) {
        case 0..<4:
            let partition = partitions[Int.random(in: 0..<partitions.count, using: &random)]
            let value = "\(transactions[current].name).\(transactions[current].values.count)"
            transactions[current].values.append((partition, value))
            try attempt(index, broker, cut) { client in try client.send(value, to: partition, version) }
        case 4, 5:
            guard !transactions[current].values.isEmpty else { return }
            let ends = random.once(in: 4) ? TransactionVersion.v2 : version
            transactions[current].fate = .unknown
            let before = clients[index].wire
            try attempt(index, broker, cut) { client in try client.end(.commit, ends) }
            clients[index].open = nil
            guard transactions[current].fate == .unknown else { return }
            if cut.picture == nil {
                transactions[current].fate = .committed
            } else {
                clients[index].wire = before
                clients[index].unanswered = (current, ends)
            }
        default:
            guard !transactions[current].values.isEmpty else { return }
            transactions[current].fate = .gone
            try attempt(index, broker, cut) { client in try client.end(.abort, version) }
            clients[index].open = nil
        }
    }

    private mutating func check(_ broker: Broker, _ place: String) throws {
        var seen: [TopicPartition: [String]] = [:]
        for partition in partitions { seen[partition] = try broker.committedValues(of: partition) }
        let visible = Set(seen.values.joined())
        for (index, transaction) in transactions.enumerated() where transaction.fate == .unknown {
            let isThere = visible.contains(transaction.values[0].1) || durability != .everyCommit
            transactions[index].fate = isThere ? .committed : .gone
        }
        for partition in partitions {
            let expected = transactions.filter { $0.fate == .committed }.flatMap { transaction in
                transaction.values.filter { $0.0 == partition }.map(\.1)
            }
            let found = seen[partition] ?? []
            #expect(Set(found).isSubset(of: expected), "uncommitted: seed \(seed), \(place), \(partition)")
            #expect(Set(found).count == found.count, "doubled: seed \(seed), \(place), \(partition)")
            guard durability == .everyCommit else { continue }
            #expect(Set(found) == Set(expected), "seed \(seed), \(place), \(partition)")
        }
    }
}
