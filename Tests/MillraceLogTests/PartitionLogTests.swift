import Foundation
import MillraceCore
import MillraceLog
import MillraceSimulation
import Testing

@Suite("Partition log")
struct PartitionLogTests {
    private let small = LogConfiguration(
        segmentBytes: 400, retentionMilliseconds: nil, indexIntervalBytes: 100)

    /// 60 batches of one to three records at 1,000 + 10 × batch, over many segments.
    private func filled(_ disk: any Disk, _ configuration: LogConfiguration, directory: String) throws -> PartitionLog {
        let log = try LogFixtures.open(disk, configuration, directory: directory)
        for index in 0..<60 {
            let values = (0...(index % 3)).map { "v\(index).\($0)" }
            let codec = Compression.allCases[index % Compression.allCases.count]
            let bytes = LogFixtures.batch(values, at: 1_000 + Int64(index) * 10, compression: codec)
            try LogFixtures.append(bytes, to: log)
        }
        return log
    }

    @Test("every offset can be read from, with any byte limit, before and after a restart")
    func readsEverywhere() throws {
        let disk = SimulatedDisk(seed: 2)
        var log = try filled(disk, small, directory: LogFixtures.directory)
        let all = try LogFixtures.records(log)
        #expect(all.count == 120)
        for round in 0..<3 {
            for offset in 0...120 {
                let found = try LogFixtures.records(log, from: Offset(Int64(offset)), maxBytes: 1 + offset * 7)
                #expect(found == Array(all[offset...]), "offset \(offset), round \(round)")
            }
            if round == 0 { try log.closeCleanly() }
            log = try LogFixtures.open(disk, small, clean: round == 0)
            #expect(round > 0 || log.recovery.verifiedBatches == 0)
        }
    }

    @Test("offsets outside the log are refused, its end is an empty success, batches behind the limit stay away")
    func bounds() throws {
        let log = try filled(SimulatedDisk(seed: 2), small, directory: LogFixtures.directory)
        var writer = ByteWriter()
        #expect(throws: LogError.offsetOutOfRange(Offset(121), logStart: .zero, logEnd: Offset(120))) {
            try log.read(from: Offset(121), maxBytes: 10, upTo: log.logEnd, into: &writer)
        }
        let end = try log.read(from: Offset(120), maxBytes: 10, upTo: log.logEnd, into: &writer)
        #expect(end.bytes.isEmpty && end.nextOffset == Offset(120))
        let limited = try log.read(from: .zero, maxBytes: 10_000, upTo: Offset(3), into: &writer)
        #expect(limited.nextOffset == Offset(3) && limited.batchCount == 2)
    }

    @Test("a timestamp leads to the first record at or after it")
    func byTimestamp() throws {
        let disk = SimulatedDisk(seed: 2)
        var log = try filled(disk, small, directory: LogFixtures.directory)
        for _ in 0..<2 {
            var offset: Int64 = 0
            for index in 0..<60 {
                let time = 1_000 + Int64(index) * 10
                #expect(try log.offset(atOrAfter: Timestamp(time))?.offset == Offset(offset), "batch \(index)")
                #expect(try log.offset(atOrAfter: Timestamp(time - 7))?.timestamp == Timestamp(time))
                if index % 3 == 2 {
                    #expect(try log.offset(atOrAfter: Timestamp(time + 2))?.offset == Offset(offset + 2))
                }
                offset += Int64(index % 3 + 1)
            }
            #expect(try log.offset(atOrAfter: Timestamp(5_000)) == nil)
            try log.closeCleanly()
            log = try LogFixtures.open(disk, small, clean: true)
        }
    }

    @Test("damaged or lacking index files are made anew")
    func rebuildsIndexes() throws {
        let disk = SimulatedDisk(seed: 2)
        var log = try filled(disk, small, directory: LogFixtures.directory)
        let all = try LogFixtures.records(log)
        try log.closeCleanly()
        for (index, name) in try disk.list(LogFixtures.directory).enumerated() where name.hasSuffix("index") {
            let path = LogFixtures.directory + "/" + name
            if index % 2 == 0 { try disk.removeFile(path) } else { _ = disk.flipBit(of: path, at: 0, bit: 7) }
        }
        log = try LogFixtures.open(disk, small, clean: true)
        #expect(log.recovery.rebuiltIndexes > 0)
        for offset in 0..<120 {
            #expect(try LogFixtures.records(log, from: Offset(Int64(offset))) == Array(all[offset...]))
        }
        #expect(try log.offset(atOrAfter: Timestamp(1_590))?.offset == Offset(117))
    }

    @Test("a log that is compacted too ages by its own newest record, not by the wall clock")
    func stateRetention() throws {
        let disk = SimulatedDisk(seed: 3)
        var state = small
        state.cleanupPolicy = [.compact, .delete]
        state.retentionMilliseconds = 1_000
        let log = try filled(disk, state, directory: LogFixtures.directory)
        #expect(try log.applyRetention(now: Timestamp(1_000_000_000)) == 0)
        try LogFixtures.append(LogFixtures.batch(["later"], at: 1_000_000), to: log)
        #expect(try log.applyRetention(now: Timestamp(1_000_000_000)) > 0)
        #expect(try LogFixtures.records(log).last == "120:later")
    }

    @Test("retention removes the oldest segments by size and by time, and the start stays moved")
    func retention() throws {
        let disk = SimulatedDisk(seed: 2)
        var log = try filled(disk, small, directory: LogFixtures.directory)
        var bySize = small
        bySize.retentionBytes = 1_000
        log.updateConfiguration(bySize)
        #expect(try log.applyRetention(now: Timestamp(2_000)) > 0)
        #expect(log.byteCount >= 1_000 && log.byteCount < 1_400)
        let start = log.logStart
        var byTime = small
        byTime.retentionMilliseconds = 100
        log.updateConfiguration(byTime)
        #expect(try log.applyRetention(now: Timestamp(1_680)) > 0)
        #expect(log.logStart > start)
        #expect(try log.applyRetention(now: Timestamp(9_000)) > 0)
        #expect(log.logStart == Offset(120) && log.byteCount == 0)
        try LogFixtures.append(LogFixtures.batch(["new"]), to: log)
        try LogFixtures.sync(log)
        disk.crash()
        log = try LogFixtures.open(disk, small)
        #expect(try LogFixtures.records(log) == ["120:new"])
    }

    @Test("deleting records moves the start, in the middle of a segment too, and survives a crash")
    func deleteRecords() throws {
        let disk = SimulatedDisk(seed: 2)
        var log = try filled(disk, small, directory: LogFixtures.directory)
        try LogFixtures.sync(log)
        try log.deleteRecords(before: Offset(50))
        #expect(throws: LogError.self) { try log.deleteRecords(before: Offset(500)) }
        disk.crash()
        log = try LogFixtures.open(disk, small)
        #expect(log.logStart == Offset(50))
        #expect(try LogFixtures.records(log).first?.hasPrefix("50:") == true)
        #expect(try log.offset(atOrAfter: Timestamp(0))?.offset == Offset(50))
        var writer = ByteWriter()
        #expect(throws: LogError.self) {
            try log.read(from: Offset(49), maxBytes: 1, upTo: log.logEnd, into: &writer)
        }
    }

    @Test("the log's time replaces that of the records, under a checksum that fits")
    func logAppendTime() throws {
        let log = try LogFixtures.open(SimulatedDisk(seed: 1), LogConfiguration(timestampType: .logAppendTime))
        let result = try LogFixtures.append(LogFixtures.batch(["a", "b"], at: 5), to: log, now: Timestamp(777))
        #expect(result.appendTime == Timestamp(777))
        #expect(try LogFixtures.records(log) == ["0:a", "1:b"])
        #expect(
            try log.offset(atOrAfter: Timestamp(700)) == TimestampedOffset(offset: .zero, timestamp: Timestamp(777)))
    }

    @Test("bytes that are no batch for this log are refused with the reason")
    func refusals() throws {
        let log = try LogFixtures.open(
            SimulatedDisk(seed: 1), LogConfiguration(maxMessageBytes: 200, cleanupPolicy: .compact))
        var corrupt = LogFixtures.batch(["a"])
        corrupt[70] ^= 1
        #expect(code(log, corrupt) == .corruptMessage)
        #expect(code(log, Array(LogFixtures.batch(["a"]).dropLast())) == .corruptMessage)
        #expect(code(log, [1, 2, 3]) == .corruptMessage)
        #expect(code(log, []) == .invalidRecord)
        #expect(code(log, LogFixtures.batch([String(repeating: "x", count: 300)])) == .messageTooLarge)
        var control = RecordBatchBuilder()
        ControlRecord(.commit, coordinatorEpoch: 0)
            .write(into: &control, producer: ProducerIdentity(id: 1, epoch: 0), timestamp: .epoch)
        #expect(code(log, [UInt8](copying: control.bytes)) == .invalidRecord)
        for codec in Compression.allCases {
            var keyless = RecordBatchBuilder()
            keyless.append(timestamp: .epoch, key: nil, value: nil)
            keyless.seal(compression: codec)
            #expect(code(log, [UInt8](copying: keyless.bytes)) == .invalidRecord, "\(codec)")
        }
        #expect(log.logEnd == .zero)
    }

    private func code(_ log: PartitionLog, _ bytes: [UInt8]) -> KafkaErrorCode? {
        do throws(LogError) {
            _ = try LogFixtures.append(bytes, to: log)
            return nil
        } catch {
            return error.code
        }
    }

    @Test("transactions survive a restart, clean or not", arguments: [true, false])
    func transactionsAfterRestart(isClean: Bool) throws {
        let disk = SimulatedDisk(seed: 2)
        var log = try LogFixtures.open(disk, small)
        let open = ProducerIdentity(id: 1, epoch: 0)
        try LogFixtures.append(LogFixtures.batch(["open"], producer: open, sequence: 0, transactional: true), to: log)
        for index in 0..<20 {
            let producer = ProducerIdentity(id: Int64(100 + index), epoch: 0)
            let batch = LogFixtures.batch(["x"], producer: producer, sequence: 0, transactional: true)
            try LogFixtures.append(batch, to: log)
            let outcome: TransactionOutcome = index % 2 == 0 ? .abort : .commit
            _ = try log.appendMarker(outcome, producer: producer, coordinatorEpoch: 0, now: .epoch)
        }
        let aborted = try log.abortedTransactions(from: .zero, to: log.logEnd)
        #expect(aborted.count == 10)
        if isClean { try log.closeCleanly() } else { try LogFixtures.sync(log) }
        disk.crash()
        log = try LogFixtures.open(disk, small, clean: isClean)
        #expect(try log.abortedTransactions(from: .zero, to: log.logEnd) == aborted)
        #expect(log.openTransactions.map(\.producerID) == [1] && log.lastStableOffset == .zero)
        let again = LogFixtures.batch(["open"], producer: open, sequence: 0, transactional: true)
        #expect(try LogFixtures.append(again, to: log).isDuplicate)
        #expect(isClean == (log.recovery.replayedBatches == 0))
    }

    @Test("real files: written, synced, reopened, torn by hand, locked once")
    func realFiles() throws {
        let root = NSTemporaryDirectory() + "millrace-log-\(UUID().uuidString)"
        let disk = FileSystemDisk()
        defer { try? disk.removeDirectory(root) }
        let directory = root + "/topics/chat-0"
        try disk.createDirectory(root + "/topics")
        func open(clean: Bool) throws -> PartitionLog {
            try PartitionLog(
                directory: directory, partition: LogFixtures.partition, configuration: small, disk: disk,
                now: .epoch, cleanShutdown: clean)
        }
        var log = try open(clean: false)
        for index in 0..<40 { try LogFixtures.append(LogFixtures.batch(["v\(index)"]), to: log) }
        try LogFixtures.sync(log)
        #expect(log.syncedEnd == Offset(40))
        let all = try LogFixtures.records(log)
        try log.closeCleanly()
        log = try open(clean: true)
        #expect(try LogFixtures.records(log) == all)
        let names = try disk.list(directory)
        #expect(names.contains("00000000000000000000.log") && names.contains("00000000000000000000.timeindex"))
        let last = try #require(names.last { $0.hasSuffix(".log") })
        let file = try disk.open(directory + "/" + last, create: false)
        try file.truncate(to: file.size() - 5)
        log = try open(clean: false)
        #expect(try LogFixtures.records(log) == Array(all.dropLast()))
        #expect(log.recovery.truncatedBytes > 0)
        try LogFixtures.append(LogFixtures.batch(["again"]), to: log)
        #expect(try LogFixtures.records(log).last == "39:again")
        let lock = try disk.lock(root + "/.lock")
        #expect(throws: DiskError.self) { try disk.lock(root + "/.lock") }
        lock.release()
        try disk.lock(root + "/.lock").release()
        try log.delete()
        #expect(try !disk.exists(directory))
    }
}
