import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting

/// When a driver's tasks run, commit and crash while it is fed: by chance, from a seed. What comes out must not depend
/// on it where the semantics say so.
struct Schedule {
    var partitions: Int32
    var emission: EmissionPolicy
    /// One step in so many commits; 0: none but the last.
    var commits: Int
    /// One step in so many crashes.
    var crashes: Int
    /// Whether records wait for a while, so that those of several topics are taken by time.
    var delays: Bool
    var emptiesStoreMemory: Bool
    var seed: UInt64

    init(_ random: inout SeededGenerator, partitions: Int32? = nil) {
        self.partitions = partitions ?? Int32.random(in: 1...3, using: &random)
        emission = Bool.random(using: &random) ? .everyUpdate : .coalesced
        commits = Int.random(in: 1...12, using: &random)
        crashes = random.once(in: 3) ? 0 : Int.random(in: 8...30, using: &random)
        delays = Bool.random(using: &random)
        emptiesStoreMemory = random.once(in: 3)
        seed = random.next()
    }

    /// A commit after each record, which is processed at once, and no crash.
    static func plain(partitions: Int32, _ emission: EmissionPolicy = .everyUpdate) -> Schedule {
        var random = SeededGenerator(seed: 0)
        var schedule = Schedule(&random, partitions: partitions)
        schedule.emission = emission
        schedule.commits = 1
        schedule.crashes = 0
        schedule.delays = false
        schedule.emptiesStoreMemory = false
        return schedule
    }

    private func configuration(of topology: Topology) -> TestDriverConfiguration {
        let outputs = Dictionary(topology.sinkTopics.map { ($0, Int32(1)) }) { first, _ in first }
        return TestDriverConfiguration(
            applicationID: "app", emission: emission, emptiesStoreMemory: emptiesStoreMemory,
            partitions: .counts(outputs, others: partitions), commits: .byHand,
            interleaving: .random(seed: seed), processesOnSend: false)
    }

    /// Feeds the events to the topology, lets everything settle, and returns what was committed.
    func run(_ topology: Topology, _ events: [Event]) throws -> Outputs {
        let driver = try feed(topology, events)
        defer { driver.close() }
        return Outputs(try driver.outputTopic("out", key: .string, value: .int64).readAll())
    }

    /// The same; returns the driver when nothing is left to do.
    func feed(_ topology: Topology, _ events: [Event]) throws -> TopologyTestDriver {
        let driver = try TopologyTestDriver(topology, configuration(of: topology))
        var random = SeededGenerator(seed: seed &+ 1)
        for event in events {
            try driver.send(event)
            if !delays { try driver.processAll() }
            while delays && !random.once(in: 3) { if try !driver.processNext() { break } }
            let tasks = driver.taskIDs
            if random.once(in: commits) { try driver.commit(Bool.random(using: &random) ? tasks.first : nil) }
            if random.once(in: commits) { try driver.commit(tasks.randomElement(using: &random)) }
            if random.once(in: crashes) { try driver.crash(tasks.randomElement(using: &random)) }
            if random.once(in: crashes * 2) { try driver.crash() }
        }
        try driver.settle()
        return driver
    }
}

extension TopologyTestDriver {
    func send(_ event: Event) throws {
        try inputTopic(event.topic, key: .string, value: .int64).send(event.key, event.value, at: Timestamp(event.time))
    }

    /// Processes and commits until nothing is left to do.
    func settle() throws {
        repeat {
            try processAll()
            try commit()
        } while waitingRecords > 0
    }
}

/// What a topology has written to its topic `out`, in order.
struct Outputs {
    let records: [Record<String, Int64>]

    init(_ records: [Record<String, Int64>]) { self.records = records }

    /// The last value of each key.
    var table: [String: Int64] {
        records.reduce(into: [:]) { table, record in if let key = record.key { table[key] = record.value } }
    }

    /// What was said of each key, in order. Between keys there is no order over partitions.
    var byKey: [String: [String]] {
        records.reduce(into: [:]) { all, record in
            let value = record.value.map { "\($0)" } ?? "null"
            all[record.key ?? "null", default: []].append("\(value)@\(record.timestamp.millisecondsSinceEpoch)")
        }
    }

    /// How often each record came.
    var counts: [Record<String, Int64>: Int] { records.reduce(into: [:]) { $0[$1, default: 0] += 1 } }
}
