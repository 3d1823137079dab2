import MillraceCore
import MillraceLog
import MillraceSimulation
import Testing

/// The promise of the log: whatever a power loss does to unsynced bytes and names, every synced batch is there
/// afterwards, and nothing but batches that were appended, in their order, without a gap.
@Suite("Crash recovery")
struct CrashRecoveryTests {
    @Test("1,000 seeded runs of append, sync, crash, recover lose no synced batch and serve no torn one")
    func appendSyncCrashRecover() throws {
        var crashes = 0
        var verified = 0
        for seed in 0..<1_000 as Range<UInt64> {
            var run = CrashRun(seed: seed)
            try run.perform()
            crashes += run.crashes
            verified += run.verified
        }
        #expect(crashes >= 1_000)
        #expect(verified > 10_000)
    }

    @Test("runs with failing writes, syncs and a small disk keep the same promise", arguments: 0..<150 as Range<UInt64>)
    func faults(seed: UInt64) throws {
        var run = CrashRun(seed: seed &+ 1_000_000)
        run.hasFaults = true
        try run.perform()
    }
}

/// One seeded run against a model: the list of records that were accepted.
struct CrashRun {
    let seed: UInt64
    let disk: SimulatedDisk
    var random: SeededGenerator
    var hasFaults = false
    var crashes = 0
    var verified = 0
    /// What the log should hold.
    private var accepted: [String] = []
    /// The batch whose append failed last: it may turn up behind the others, if nothing was appended since.
    private var refused: [String] = []
    private var syncedCount = 0
    private var sequence: Int32 = 0
    private var transactionOpen = false
    private let producer = ProducerIdentity(id: 7, epoch: 0)
    private let configuration: LogConfiguration

    init(seed: UInt64) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        disk = SimulatedDisk(seed: seed ^ 0xd15c)
        configuration = LogConfiguration(
            segmentBytes: [300, 1_000, 100_000][Int(seed % 3)], indexIntervalBytes: [1, 200, 4096][Int(seed / 3 % 3)])
    }

    mutating func perform() throws {
        var log = try LogFixtures.open(disk, configuration)
        for _ in 0..<3 {
            for _ in 0..<Int.random(in: 1...10, using: &random) {
                if log.failure != nil { break }
                try step(log)
            }
            let power = !random.once(in: 8)
            if power { disk.crash() } else { disk.killProcess() }
            stopFaults()
            crashes += 1
            log = try LogFixtures.open(disk, configuration)
            try check(log, afterPowerLoss: power)
        }
        if random.once(in: 3) {
            try log.closeCleanly()
            syncedCount = accepted.count
            disk.crash()
            log = try LogFixtures.open(disk, configuration, clean: random.once(in: 2))
            try check(log, afterPowerLoss: true)
        }
    }

    private mutating func step(_ log: PartitionLog) throws {
        if hasFaults { startFaults() }
        defer { stopFaults() }
        do {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<6: try append(log)
            case 6: try endTransaction(log)
            case 7..<9:
                try LogFixtures.sync(log)
                syncedCount = accepted.count
            default:
                try LogFixtures.checkpoint(log)
                syncedCount = accepted.count
            }
        } catch let error as LogError {
            guard hasFaults else { throw error }
        } catch let error as DiskError {
            guard hasFaults else { throw error }
        }
    }

    private mutating func append(_ log: PartitionLog) throws {
        let count = Int.random(in: 1...4, using: &random)
        let first = accepted.count
        let values = (0..<count).map { "\(seed)-\(first + $0)-" + String(repeating: "x", count: 20 * $0) }
        let isSequenced = random.once(in: 2)
        let bytes =
            isSequenced
            ? LogFixtures.batch(values, producer: producer, sequence: sequence, transactional: true)
            : LogFixtures.batch(values)
        refused = values.enumerated().map { "\(first + $0.offset):\($0.element)" }
        let result = try LogFixtures.append(bytes, to: log)
        #expect(result.baseOffset == Offset(Int64(first)), "seed \(seed)")
        accepted += refused
        refused = []
        if isSequenced {
            sequence += Int32(count)
            transactionOpen = true
        }
    }

    private mutating func endTransaction(_ log: PartitionLog) throws {
        let outcome: TransactionOutcome = random.once(in: 2) ? .commit : .abort
        refused = ["\(accepted.count):\(outcome)"]
        let result = try log.appendMarker(outcome, producer: producer, coordinatorEpoch: 0, now: Timestamp(2_000))
        #expect((result.offset != nil) == transactionOpen, "seed \(seed)")
        refused = []
        if let offset = result.offset { accepted.append("\(offset):\(outcome)") }
        transactionOpen = false
    }

    private mutating func check(_ log: PartitionLog, afterPowerLoss: Bool) throws {
        let found = try LogFixtures.records(log, maxBytes: Int.random(in: 1...2_000, using: &random))
        let least = afterPowerLoss ? syncedCount : accepted.count
        #expect(found.count >= least, "seed \(seed): \(found.count) records are left of \(least) synced ones")
        if found.count > accepted.count { accepted += refused }
        #expect(found == Array(accepted.prefix(found.count)), "seed \(seed)")
        #expect(log.logEnd == Offset(Int64(found.count)), "seed \(seed)")
        #expect(log.syncedEnd == log.logEnd, "seed \(seed)")
        verified += found.count
        accepted = found
        refused = []
        syncedCount = found.count
        // The producer's state is that of the surviving records: each batch of it was a run between others, so the
        // transaction is open exactly if data of the producer follows the last marker.
        transactionOpen = !log.openTransactions.isEmpty
        try resumeSequence(log)
    }

    /// Finds out which sequence comes next, as a producer does after an unknown outcome: by what is refused.
    private mutating func resumeSequence(_ log: PartitionLog) throws {
        let unlikely = Int32.max - 1 - Int32(crashes)
        let probe = LogFixtures.batch(["probe"], producer: producer, sequence: unlikely, transactional: true)
        do {
            try LogFixtures.append(probe, to: log)
            // Nothing was known of the producer: the probe was taken.
            accepted.append("\(accepted.count):probe")
            sequence = unlikely + 1
            transactionOpen = true
        } catch {
            guard case .outOfOrderSequence(_, let expected, _) = error else { throw error }
            sequence = expected
        }
        if sequence > Int32.max - 1_000 {
            // Close to the wrap: bring it to 0.
            let count = Int(Int64(Int32.max) - Int64(sequence) + 1)
            let values = (0..<count).map { "wrap\($0)" }
            let bytes = LogFixtures.batch(values, producer: producer, sequence: sequence, transactional: true)
            let first = accepted.count
            try LogFixtures.append(bytes, to: log)
            accepted += values.enumerated().map { "\(first + $0.offset):\($0.element)" }
            sequence = 0
            transactionOpen = true
        }
    }

    private mutating func startFaults() {
        disk.setErrorRate(.write, onceIn: 6)
        disk.setErrorRate(.sync, onceIn: 12)
        disk.setErrorRate(.truncate, onceIn: 10)
        disk.setErrorRate(.names, onceIn: 10)
        disk.capacity = random.once(in: 5) ? disk.usedBytes + Int.random(in: 0...100, using: &random) : nil
    }

    private func stopFaults() {
        for operation: SimulatedDisk.Operation in [.write, .sync, .truncate, .names] {
            disk.setErrorRate(operation, onceIn: 0)
        }
        disk.capacity = nil
    }
}
