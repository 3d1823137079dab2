import MillraceCore
import MillraceLog
import MillraceSimulation
import Testing

/// The promise of compaction: whatever happens to the machine on the way, the log folded by key is what the whole log
/// would be, offsets and times do not change, aborted records never appear, and producers go on where they were.
@Suite("Compaction and crashes")
struct CompactionCrashTests {
    @Test("seeded runs of append, compact, fault, crash fold to what was written")
    func runs() throws {
        var dropped = 0
        var refused = 0
        var failures: [String] = []
        let seeds = Seeds.first(120, of: 300)
        for seed in seeds {
            var run = CompactionRun(seed: seed)
            do { try run.perform() } catch { failures.append("seed \(seed): \(error)") }
            dropped += run.dropped
            refused += run.refused
            failures += run.complaints.map { "seed \(seed): \($0)" }
        }
        #expect(failures.isEmpty, "\(failures.prefix(5).joined(separator: "\n"))")
        #expect(dropped > 16 * seeds.count, "\(dropped) records compacted away, \(refused) passes broken off")
        #expect(refused > seeds.count / 3, "\(refused) passes broken off")
    }
}

struct CompactionRun {
    let seed: UInt64
    let disk: SimulatedDisk
    var random: SeededGenerator
    var complaints: [String] = []
    var dropped = 0
    var refused = 0
    private var model = CompactionModel()
    private var hasPlannedFaults = false
    private var now: Int64 = 1_000_000
    /// Next sequence and open transaction's offsets, by producer.
    private var sequences: [Int64: Int32] = [:]
    private var open: [Int64: [Int]] = [:]
    private let configuration: LogConfiguration
    private static let deleteRetention: Int64 = 5_000

    init(seed: UInt64) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        disk = SimulatedDisk(seed: seed ^ 0xc1ea)
        var configuration = LogConfiguration(
            segmentBytes: [600, 1_500, 4_000][Int(seed % 3)], retentionMilliseconds: nil,
            indexIntervalBytes: [1, 200, 4096][Int(seed / 3 % 3)], cleanupPolicy: .compact)
        configuration.minCleanableDirtyRatio = [0, 0.3][Int(seed / 9 % 2)]
        configuration.deleteRetentionMilliseconds = Self.deleteRetention
        self.configuration = configuration
    }

    mutating func perform() throws {
        var log = try LogFixtures.open(disk, configuration)
        for _ in 0..<4 {
            for _ in 0..<Int.random(in: 5...40, using: &random) { try write(log) }
            if random.once(in: 2) { try LogFixtures.checkpoint(log) } else { try LogFixtures.sync(log) }
            let size = model.entries.count
            let count = Int.random(in: 1...3, using: &random)
            for _ in 0..<count where log.failure == nil {
                compact(log, withFaults: random.once(in: 2))
                if log.failure == nil { try check(log, "after a pass") }
                now += Int64.random(in: 0...4_000, using: &random)
            }
            log = try restart(log)
            guard log.logEnd == Offset(Int64(size)) else {
                return complaints.append("the log ends at \(log.logEnd), not at \(size)")
            }
            try check(log, "after a restart")
            try endOpenTransactions(log)
            checkSequences(log)
        }
    }

    private mutating func compact(_ log: PartitionLog, withFaults: Bool) {
        if withFaults {
            // Any step of it: writes, syncs, and changes of names.
            let operation: SimulatedDisk.Operation = [.write, .sync, .names][Int.random(in: 0..<3, using: &random)]
            hasPlannedFaults = true
            disk.fail(operation, skip: Int.random(in: 0..<30, using: &random))
        }
        do {
            try Compaction.run(
                log, now: Timestamp(now), keyLimit: [3, 1_000][Int.random(in: 0..<2, using: &random)])
        } catch {
            refused += 1
            if !hasPlannedFaults { complaints.append("compaction: \(error)") }
        }
    }

    private mutating func restart(_ log: PartitionLog) throws -> PartitionLog {
        var clean = false
        switch Int.random(in: 0..<4, using: &random) {
        case 0 where !hasPlannedFaults:
            disk.killProcess()
            return try LogFixtures.open(disk, configuration)
        case 1 where log.failure == nil && open.isEmpty:
            disk.crash()  // also takes planned faults away
            let again = try LogFixtures.open(disk, configuration)
            try again.closeCleanly()
            disk.crash()
            clean = true
        default: disk.crash()
        }
        hasPlannedFaults = false
        if !clean && random.once(in: 6) {
            // Its loss costs time, not data.
            let path = LogFixtures.directory + "/log.checkpoint"
            if try disk.exists(path) { try disk.removeFile(path) }
        }
        if random.once(in: 6) {
            for name in try disk.list(LogFixtures.directory) where name.hasSuffix("index") {
                try disk.removeFile(LogFixtures.directory + "/" + name)
            }
        }
        return try LogFixtures.open(disk, configuration, clean: clean)
    }

    // MARK: Writing

    private mutating func write(_ log: PartitionLog) throws {
        now += Int64.random(in: 0...200, using: &random)
        let producerID = Int64.random(in: 0...3, using: &random)
        if open[producerID] != nil, random.once(in: 3) {
            try end(producerID, random.once(in: 2) ? .abort : .commit, log)
            return
        }
        let isTransactional = open[producerID] != nil || random.once(in: 3)
        let isSequenced = isTransactional || random.once(in: 2)
        var builder = RecordBatchBuilder(capacity: 256)
        let count = Int.random(in: 1...5, using: &random)
        for _ in 0..<count {
            let entry = CompactionModel.Entry(
                key: "k\(Int.random(in: 0..<25, using: &random))",
                value: random.once(in: 6) ? nil : "v\(model.entries.count)",
                timestamp: now + Int64.random(in: -50...50, using: &random),
                producerID: isTransactional ? producerID : nil)
            let value = entry.value.map { Array($0.utf8) }
            let key = Array(entry.key.utf8)
            builder.append(timestamp: Timestamp(entry.timestamp), key: key.span.bytes, value: value?.span.bytes)
            if isTransactional { open[producerID, default: []].append(model.entries.count) }
            model.entries.append(entry)
        }
        let sequence = sequences[producerID] ?? 0
        builder.seal(
            producer: isSequenced ? ProducerIdentity(id: producerID, epoch: 0) : .none,
            baseSequence: isSequenced ? sequence : -1, isTransactional: isTransactional,
            compression: random.once(in: 2) ? .none : [.gzip, .lz4, .zstd, .snappy][Int(now % 4)])
        if isSequenced { sequences[producerID] = sequence + Int32(count) }
        _ = try log.append(builder.bytes, origin: LogFixtures.client, now: Timestamp(now))
        now += 1
    }

    private mutating func end(_ producerID: Int64, _ outcome: TransactionOutcome, _ log: PartitionLog) throws {
        for offset in open.removeValue(forKey: producerID) ?? [] {
            model.entries[offset]?.isAborted = outcome == .abort
        }
        let result = try log.appendMarker(
            outcome, producer: ProducerIdentity(id: producerID, epoch: 0), coordinatorEpoch: 0, now: Timestamp(now))
        if result.offset != Offset(Int64(model.entries.count)) {
            complaints.append("a marker at \(String(describing: result.offset)), not \(model.entries.count)")
        }
        model.entries.append(nil)
    }

    /// As a broker does when it opens; what it finds open has to be what is open.
    private mutating func endOpenTransactions(_ log: PartitionLog) throws {
        let found = log.openTransactions.map(\.producerID).sorted()
        if found != open.keys.sorted() {
            complaints.append("open are \(found), not \(open.keys.sorted())")
        }
        for producerID in found where random.once(in: 2) { try end(producerID, .abort, log) }
    }

    // MARK: Checking

    private mutating func check(_ log: PartitionLog, _ when: String) throws {
        let stable = Int(log.lastStableOffset.rawValue)
        var visible = model
        visible.entries = Array(visible.entries.prefix(stable))
        let view = try CompactionView(log, maxBytes: Int.random(in: 1...3_000, using: &random))
        if view.folded != visible.folded {
            complaints.append("\(when): \(view.folded) is not \(visible.folded)")
        }
        for record in view.records { checkUnchanged(record, when) }
        if view.nextOffset.rawValue != Int64(stable) {
            complaints.append("\(when): readers end at \(view.nextOffset), not at \(stable)")
        }
        let all = visible.entries.filter { $0 != nil && $0?.isAborted == false }.count
        dropped = max(dropped, all - view.records.count)
        let start = Int64.random(in: 0...Int64(stable), using: &random)
        let part = try CompactionView(log, from: Offset(start), maxBytes: 1)
        if part.records != view.records.filter({ $0.offset >= start }) {
            complaints.append("\(when): from \(start) others are read")
        }
    }

    private mutating func checkUnchanged(_ record: CompactionView.Record, _ when: String) {
        guard let written = model.entries[Int(record.offset)] else {
            return complaints.append("\(when): a record where a marker was, \(record.offset)")
        }
        if written.isAborted { complaints.append("\(when): aborted record \(record.offset)") }
        if written.key != record.entry.key || written.value != record.entry.value
            || written.timestamp != record.entry.timestamp
        {
            complaints.append("\(when): \(record) was \(written)")
        }
    }

    /// Every producer's next sequence is the one that the log expects.
    private mutating func checkSequences(_ log: PartitionLog) {
        for (producerID, sequence) in sequences {
            let bytes = LogFixtures.batch(
                ["probe"], producer: ProducerIdentity(id: producerID, epoch: 0), sequence: sequence + 7,
                transactional: open[producerID] != nil)
            do {
                try LogFixtures.append(bytes, to: log, now: Timestamp(now))
                complaints.append("producer \(producerID) is forgotten")
                return
            } catch LogError.outOfOrderSequence(_, let expected, _) {
                if expected != sequence { complaints.append("producer \(producerID): \(expected), not \(sequence)") }
            } catch {
                complaints.append("\(error)")
            }
        }
    }
}
