import MillraceCore
import MillraceLog
import MillraceSimulation
import Testing

/// A sync that fails leaves pages that look written, are clean, and are not on the disk: the machine stays up, the log
/// is opened again, and what it then calls synced has to be so.
@Suite("Failed sync")
struct FailedSyncTests {
    @Test("what a log calls synced after a failed sync survives a power loss", arguments: 0..<100 as Range<UInt64>)
    func reopenedInTheSameBoot(seed: UInt64) throws {
        let disk = SimulatedDisk(seed: seed)
        let configuration = LogConfiguration(segmentBytes: seed % 2 == 0 ? 400 : 100_000)
        var log = try LogFixtures.open(disk, configuration)
        try append(0..<5, to: log)
        try LogFixtures.sync(log)
        try append(5..<12, to: log)
        disk.fail(.sync, pathSuffix: ".log", skip: seed % 4 == 0 ? 1 : 0)
        do { try LogFixtures.sync(log) } catch { #expect(log.failure != nil, "seed \(seed)") }
        if seed % 3 == 0 { disk.killProcess() }
        log = try LogFixtures.open(disk, configuration)
        #expect(log.syncedEnd == Offset(12), "seed \(seed)")
        try append(12..<14, to: log)
        try LogFixtures.sync(log)
        disk.crash()
        log = try LogFixtures.open(disk, configuration)
        let found = try LogFixtures.records(log)
        #expect(found == (0..<14).map { "\($0):value \($0)" }, "seed \(seed)")
    }

    @Test("a failed sync and a power loss during recovery lose nothing synced", arguments: 0..<60 as Range<UInt64>)
    func failsInRecovery(seed: UInt64) throws {
        let disk = SimulatedDisk(seed: seed)
        let configuration = LogConfiguration(segmentBytes: seed % 2 == 0 ? 400 : 100_000)
        let log = try LogFixtures.open(disk, configuration)
        try append(0..<8, to: log)
        try LogFixtures.sync(log)
        try append(8..<10, to: log)
        disk.killProcess()
        disk.fail(.sync, pathSuffix: ".log")
        #expect(throws: LogError.self, "seed \(seed)") { try LogFixtures.open(disk, configuration) }
        if seed % 3 == 0 { _ = try LogFixtures.open(disk, configuration) }
        let least = seed % 3 == 0 ? 10 : 8
        disk.crash()
        let found = try LogFixtures.records(try LogFixtures.open(disk, configuration))
        #expect(found.count >= least, "seed \(seed)")
        #expect(found == (0..<found.count).map { "\($0):value \($0)" }, "seed \(seed)")
    }

    @Test(
        "indexes that a crash tore are not believed once the recovery point has moved on",
        arguments: 0..<200 as Range<UInt64>)
    func tornIndexes(seed: UInt64) throws {
        let disk = SimulatedDisk(seed: seed)
        let configuration = LogConfiguration(segmentBytes: 400, indexIntervalBytes: 1)
        var log = try LogFixtures.open(disk, configuration)
        try LogFixtures.sync(log)
        var sequence: Int32 = 0
        let producer = ProducerIdentity(id: 7, epoch: 0)
        for round in 0..<3 {
            for _ in 0..<4 {
                try LogFixtures.append(
                    LogFixtures.batch(["a", "b"], producer: producer, sequence: sequence, transactional: true), to: log)
                sequence += 2
                let marker = try log.appendMarker(
                    .abort, producer: producer, coordinatorEpoch: 0, now: Timestamp(2_000))
                #expect(marker.offset != nil, "seed \(seed)")
            }
            // The segments' bytes reach the disk, the indexes do not.
            if round < 2 { disk.fail(.sync, pathSuffix: "index") }
            do { try LogFixtures.sync(log) } catch { #expect(round < 2, "seed \(seed)") }
            disk.crash()
            log = try LogFixtures.open(disk, configuration)
            let end = log.logEnd
            sequence = Int32(end.rawValue / 3 * 2 + (end.rawValue % 3 == 0 ? 0 : 2))
            if !log.openTransactions.isEmpty {
                _ = try log.appendMarker(.abort, producer: producer, coordinatorEpoch: 0, now: Timestamp(2_000))
            }
            try LogFixtures.sync(log)
            disk.crash()
            log = try LogFixtures.open(disk, configuration)
            let aborted = try log.abortedTransactions(from: log.logStart, to: log.logEnd)
            let expected = (0..<(log.logEnd.rawValue / 3)).map { Offset($0 * 3) }
            #expect(aborted.map(\.firstOffset) == expected, "seed \(seed)")
            for offset in 0..<log.logEnd.rawValue {
                var writer = ByteWriter()
                let result = try log.read(from: Offset(offset), maxBytes: 1, upTo: log.logEnd, into: &writer)
                #expect(result.batchCount == 1 && result.firstOffset.rawValue <= offset, "seed \(seed)")
            }
        }
    }

    private func append(_ numbers: Range<Int>, to log: PartitionLog) throws {
        for number in numbers { try LogFixtures.append(LogFixtures.batch(["value \(number)"]), to: log) }
    }
}
