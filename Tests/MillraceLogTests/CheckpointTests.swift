import MillraceCore
import MillraceLog
import MillraceSimulation
import Testing

/// Opening a log after a crash reads what lies behind its checkpoint, and little else.
@Suite("Checkpoints of a log")
struct CheckpointTests {
    private let configuration = LogConfiguration(segmentBytes: 60_000, retentionMilliseconds: nil)
    private let value = String(repeating: "v", count: 1_000)

    private func fill(_ log: PartitionLog, batches: Int) throws {
        for _ in 0..<batches { try LogFixtures.append(LogFixtures.batch([value]), to: log) }
    }

    private func bytesRead(_ disk: SimulatedDisk, _ body: () throws -> Void) rethrows -> Int {
        let before = disk.readBytes
        try body()
        return disk.readBytes - before
    }

    @Test("a killed process's log is opened without reading what was synced by the last checkpoint")
    func opensAtCheckpoint() throws {
        for segments in [1, 10, 40] {
            let disk = SimulatedDisk(seed: 7)
            var log = try LogFixtures.open(disk, configuration)
            try fill(log, batches: segments * 56 - 20)
            try LogFixtures.checkpoint(log)
            #expect(log.bytesSinceCheckpoint == 0)
            try fill(log, batches: 5)
            let end = log.logEnd
            disk.killProcess()
            let read = try bytesRead(disk) { log = try LogFixtures.open(disk, configuration) }
            #expect(log.logEnd == end)
            #expect(log.recovery.wentOnFromCheckpoint && log.recovery.verifiedBatches == 5)
            // Twice the five batches, the active segment's indexes, and a few bytes of each closed segment.
            #expect(read < 40_000 + segments * 60, "\(read) bytes of \(segments) segments")
            #expect(log.recovery.rebuiltIndexes == 0)
        }
    }

    @Test("a log that was closed in order is opened without reading any segment")
    func opensClean() throws {
        let disk = SimulatedDisk(seed: 7)
        var log = try LogFixtures.open(disk, configuration)
        try fill(log, batches: 500)
        try log.closeCleanly()
        let read = try bytesRead(disk) { log = try LogFixtures.open(disk, configuration, clean: true) }
        #expect(read < 2_000, "\(read) bytes")
        #expect(try LogFixtures.records(log).count == 500)
        #expect(try log.offset(atOrAfter: Timestamp(1_000))?.offset == .zero)
    }

    @Test(
        "without a checkpoint, or with a damaged one, everything behind the recovery point is read", arguments: [0, 1])
    func damagedCheckpoint(kind: Int) throws {
        let disk = SimulatedDisk(seed: 7)
        var log = try LogFixtures.open(disk, configuration)
        try fill(log, batches: 30)
        try LogFixtures.checkpoint(log)
        let path = LogFixtures.directory + "/log.checkpoint"
        if kind == 0 { try disk.removeFile(path) } else { #expect(disk.flipBit(of: path, at: 30)) }
        disk.killProcess()
        log = try LogFixtures.open(disk, configuration)
        #expect(log.recovery.verifiedBatches == 30 && log.logEnd == Offset(30))
    }

    @Test("indexes that are shorter than the checkpoint says are made anew, and it is not believed again")
    func shortIndex() throws {
        let disk = SimulatedDisk(seed: 7)
        var log = try LogFixtures.open(disk, configuration)
        try fill(log, batches: 30)
        try LogFixtures.checkpoint(log)
        disk.killProcess()
        try disk.removeFile(LogFixtures.directory + "/00000000000000000000.index")
        log = try LogFixtures.open(disk, configuration)
        #expect(!log.recovery.wentOnFromCheckpoint && log.recovery.verifiedBatches == 30)
        try fill(log, batches: 3)
        disk.crash()
        log = try LogFixtures.open(disk, configuration)
        #expect(log.logEnd >= Offset(30))
        #expect(!log.recovery.wentOnFromCheckpoint)
    }

    @Test(
        "transactions and their aborts are known behind a checkpoint as before it", arguments: 0..<40 as Range<UInt64>)
    func transactions(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let small = LogConfiguration(
            segmentBytes: [500, 3_000, 1 << 20][Int(seed % 3)], retentionMilliseconds: nil, indexIntervalBytes: 200)
        let disk = SimulatedDisk(seed: seed)
        var log = try LogFixtures.open(disk, small)
        var sequences: [Int64: Int32] = [:]
        var aborted: [AbortedTransaction] = []
        for _ in 0..<12 {
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let id = Int64.random(in: 0...3, using: &random)
                let producer = ProducerIdentity(id: id, epoch: 0)
                if log.openTransactions.contains(where: { $0.producerID == id }), random.once(in: 2) {
                    let outcome: TransactionOutcome = random.once(in: 2) ? .abort : .commit
                    _ = try log.appendMarker(outcome, producer: producer, coordinatorEpoch: 0, now: Timestamp(2_000))
                    continue
                }
                let sequence = sequences[id] ?? 0
                let bytes = LogFixtures.batch(["v"], producer: producer, sequence: sequence, transactional: true)
                try LogFixtures.append(bytes, to: log)
                sequences[id] = sequence + 1
            }
            if random.once(in: 2) { try LogFixtures.checkpoint(log) } else { try LogFixtures.sync(log) }
            aborted = try log.abortedTransactions(from: .zero, to: log.logEnd)
            let open = log.openTransactions.map(\.producerID)
            let end = log.logEnd
            if random.once(in: 2) { disk.crash() } else { disk.killProcess() }
            if random.once(in: 8) {
                for name in try disk.list(LogFixtures.directory) where name.hasSuffix("txnindex") {
                    try disk.removeFile(LogFixtures.directory + "/" + name)
                }
            }
            log = try LogFixtures.open(disk, small)
            #expect(try log.abortedTransactions(from: .zero, to: log.logEnd) == aborted, "seed \(seed)")
            #expect(log.openTransactions.map(\.producerID) == open, "seed \(seed)")
            #expect(log.logEnd == end, "seed \(seed)")
        }
    }

    @Test("only the last checkpoint's snapshot stays in the middle of a segment")
    func snapshots() throws {
        let disk = SimulatedDisk(seed: 7)
        let log = try LogFixtures.open(disk, configuration)
        for round in 0..<150 {
            try fill(log, batches: 1)
            if round % 10 == 0 { try LogFixtures.checkpoint(log) }
        }
        let names = try disk.list(LogFixtures.directory).filter { $0.hasSuffix(".snapshot") }
        #expect(names.count <= 4, "\(names)")
    }
}
