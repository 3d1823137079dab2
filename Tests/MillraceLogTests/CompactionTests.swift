import MillraceCore
import MillraceLog
import MillraceSimulation
import Testing

/// What one pass of compaction takes and leaves.
@Suite("Compaction")
struct CompactionTests {
    private static func configuration(_ change: (inout LogConfiguration) -> Void = { _ in }) -> LogConfiguration {
        var configuration = LogConfiguration(segmentBytes: 1_024, cleanupPolicy: .compact)
        configuration.minCleanableDirtyRatio = 0
        change(&configuration)
        return configuration
    }

    private func append(
        _ key: String, _ value: String?, to log: PartitionLog, producer: ProducerIdentity = .none,
        sequence: Int32 = -1, transactional: Bool = false
    ) throws {
        var builder = RecordBatchBuilder(capacity: 256)
        let key = Array(key.utf8)
        let value = value.map { Array($0.utf8) }
        builder.append(timestamp: Timestamp(1_000), key: key.span.bytes, value: value?.span.bytes)
        builder.seal(producer: producer, baseSequence: sequence, isTransactional: transactional)
        _ = try log.append(builder.bytes, origin: LogFixtures.client, now: Timestamp(1_000))
    }

    /// Closes the active segment: what was written before can be compacted.
    private func close(_ log: PartitionLog) throws {
        let filler = String(repeating: "f", count: 900)
        try append("filler", filler, to: log)
        try append("filler", filler, to: log)
        try LogFixtures.sync(log)
    }

    private func keys(_ log: PartitionLog) throws -> [String] {
        try CompactionView(log).records.map { "\($0.offset):\($0.entry.key)" }
    }

    @Test("the last record of every key stays at its offset, and the log shrinks to one segment")
    func lastRecordStays() throws {
        let log = try LogFixtures.open(SimulatedDisk(seed: 1), Self.configuration())
        for index in 0..<1_000 { try append("k\(index % 7)", "v\(index)", to: log) }
        try close(log)
        let before = log.byteCount
        #expect(try Compaction.run(log, now: Timestamp(2_000)))
        #expect(log.byteCount < before / 20, "\(before) bytes became \(log.byteCount)")
        let expected = (993..<1_000).map { "\($0):k\($0 % 7)" }
        #expect(try keys(log).prefix(7) == expected[...])
        #expect(try CompactionView(log, from: Offset(5)).records.first?.offset == 993)
        #expect(try !Compaction.run(log, now: Timestamp(2_000)), "nothing is dirty")
    }

    @Test("a tombstone stays for delete.retention.ms from when it was first met, and then goes")
    func tombstones() throws {
        let configuration = Self.configuration { $0.deleteRetentionMilliseconds = 100 }
        let disk = SimulatedDisk(seed: 2)
        var log = try LogFixtures.open(disk, configuration)
        try append("a", "1", to: log)
        try append("a", nil, to: log)
        try append("b", "1", to: log)
        for (now, isThere) in [(5_000, true), (5_099, true), (5_100, false)] as [(Int64, Bool)] {
            try close(log)
            try Compaction.run(log, now: Timestamp(now))
            let records = try CompactionView(log).records
            #expect(records.contains { $0.offset == 1 } == isThere, "at \(now)")
            #expect(!records.contains { $0.offset == 0 })
            #expect(records.filter { $0.entry.key != "filler" }.allSatisfy { $0.entry.timestamp == 1_000 })
            disk.crash()
            log = try LogFixtures.open(disk, configuration)
        }
    }

    @Test("aborted records go; of a producer an empty batch stays, and its sequence is known after a full replay")
    func transactions() throws {
        let configuration = Self.configuration { $0.deleteRetentionMilliseconds = 0 }
        let disk = SimulatedDisk(seed: 3)
        let log = try LogFixtures.open(disk, configuration)
        let producer = ProducerIdentity(id: 4, epoch: 2)
        try append("a", "committed", to: log, producer: producer, sequence: 0, transactional: true)
        _ = try log.appendMarker(.commit, producer: producer, coordinatorEpoch: 0, now: Timestamp(1_000))
        try append("a", "aborted", to: log, producer: producer, sequence: 1, transactional: true)
        _ = try log.appendMarker(.abort, producer: producer, coordinatorEpoch: 0, now: Timestamp(1_000))
        for now in [2_000, 3_000, 4_000] as [Int64] {
            try close(log)
            try Compaction.run(log, now: Timestamp(now))
        }
        #expect(try CompactionView(log).folded["a"] == "committed")
        #expect(try log.abortedTransactions(from: .zero, to: log.logEnd).isEmpty)
        let values = try LogFixtures.records(log)
        #expect(values.first == "0:committed")
        #expect(!values.contains("1:commit"), "a marker that nobody needs goes")
        #expect(values.contains("3:abort"), "the last one of a producer stays")
        for name in try disk.list(LogFixtures.directory) where name.hasSuffix("snapshot") || name.hasSuffix("index") {
            try disk.removeFile(LogFixtures.directory + "/" + name)
        }
        disk.crash()
        let again = try LogFixtures.open(disk, configuration)
        #expect(again.openTransactions.isEmpty)
        #expect(again.lastStableOffset == again.logEnd)
        try append("a", "next", to: again, producer: producer, sequence: 2, transactional: true)
        #expect(throws: LogError.outOfOrderSequence(producerID: 4, expected: 3, found: 9)) {
            try LogFixtures.append(
                LogFixtures.batch(["v"], producer: producer, sequence: 9, transactional: true), to: again)
        }
    }

    @Test("no snapshot is left that knows a transaction as open whose marker is gone")
    func staleSnapshots() throws {
        let configuration = Self.configuration { $0.deleteRetentionMilliseconds = 0 }
        let disk = SimulatedDisk(seed: 8)
        let log = try LogFixtures.open(disk, configuration)
        let producer = ProducerIdentity(id: 4, epoch: 2)
        let large = String(repeating: "u", count: 700)
        try append("a", "1", to: log, producer: producer, sequence: 0, transactional: true)
        try append("u0", large, to: log)
        try append("u1", large, to: log)  // closes the first segment, with the transaction open
        _ = try log.appendMarker(.commit, producer: producer, coordinatorEpoch: 0, now: Timestamp(1_000))
        try append("b", "1", to: log, producer: producer, sequence: 1)
        for now in [2_000, 3_000] as [Int64] {
            try close(log)
            try Compaction.run(log, now: Timestamp(now))
        }
        #expect(try LogFixtures.records(log).allSatisfy { !$0.hasPrefix("3:") }, "the marker has gone")
        let index = LogFixtures.directory + "/00000000000000000002.index"
        try #require(try disk.exists(index), "the second segment is one of its own")
        try disk.removeFile(index)
        disk.killProcess()
        let again = try LogFixtures.open(disk, configuration)
        #expect(again.openTransactions.isEmpty)
        #expect(try CompactionView(again).folded["a"] == "1")
    }

    @Test("nothing is compacted that is young, open, not synced, or not enough")
    func limits() throws {
        let young = try LogFixtures.open(
            SimulatedDisk(seed: 4), Self.configuration { $0.minCompactionLagMilliseconds = 500 })
        try close(young)
        #expect(try !Compaction.run(young, now: Timestamp(1_499)))
        #expect(try Compaction.run(young, now: Timestamp(1_500)))

        let open = try LogFixtures.open(SimulatedDisk(seed: 5), Self.configuration())
        let producer = ProducerIdentity(id: 1, epoch: 0)
        try append("a", "1", to: open, producer: producer, sequence: 0, transactional: true)
        try close(open)
        #expect(try !Compaction.run(open, now: Timestamp(2_000)))
        _ = try open.appendMarker(.commit, producer: producer, coordinatorEpoch: 0, now: Timestamp(1_000))
        #expect(try !Compaction.run(open, now: Timestamp(2_000)), "the marker may still be lost")
        try LogFixtures.sync(open)
        #expect(try Compaction.run(open, now: Timestamp(2_000)))

        let little = try LogFixtures.open(
            SimulatedDisk(seed: 6), Self.configuration { $0.minCleanableDirtyRatio = 0.9 })
        for index in 0..<100 { try append("k\(index)", "v", to: little) }
        try close(little)
        #expect(try Compaction.run(little, now: Timestamp(2_000)))
        try close(little)
        #expect(try !Compaction.run(little, now: Timestamp(2_000)))
    }

    @Test("where retention takes a segment meanwhile, the pass is given up")
    func retentionMeanwhile() throws {
        let disk = SimulatedDisk(seed: 7)
        let log = try LogFixtures.open(disk, Self.configuration())
        for index in 0..<200 { try append("k\(index % 7)", "v\(index)", to: log) }
        try close(log)
        let plan = try #require(try log.beginCompaction(now: Timestamp(2_000), seed: 1))
        try plan.prepare()
        let cleaned = try #require(try plan.cleanNext())
        try log.deleteRecords(before: Offset(150))
        #expect(try !log.install(cleaned))
        #expect(try disk.list(LogFixtures.directory).allSatisfy { !$0.hasSuffix("cleaned") })
        #expect(try CompactionView(log).records.count == 52)
    }
}
