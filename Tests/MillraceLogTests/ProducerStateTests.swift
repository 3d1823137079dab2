import MillraceCore
import MillraceSimulation
import Testing

@testable import MillraceLog

/// Idempotence and transactions at the level of one partition (PROTOCOL.md 13, 21, 35).
@Suite("Producer state")
struct ProducerStateTests {
    private let producer = ProducerIdentity(id: 9, epoch: 3)

    private func log() throws -> PartitionLog { try LogFixtures.open(SimulatedDisk(seed: 1)) }

    private func append(
        _ log: PartitionLog, _ sequence: Int32, count: Int = 1, epoch: Int16 = 3, transactional: Bool = false,
        verified: Bool = true
    ) throws(LogError) -> LogAppendResult {
        let bytes = LogFixtures.batch(
            Array(repeating: "v", count: count), producer: ProducerIdentity(id: 9, epoch: epoch), sequence: sequence,
            transactional: transactional)
        return try LogFixtures.append(bytes, to: log, origin: .client(transactionVerified: verified))
    }

    @Test("each of the last five batches is answered with its old offset, an older one is refused")
    func duplicates() throws {
        let log = try log()
        for index in 0..<7 { _ = try append(log, Int32(index) * 2, count: 2) }
        for index in 2..<7 {
            let result = try append(log, Int32(index) * 2, count: 2)
            #expect(result.isDuplicate && result.baseOffset == Offset(Int64(index) * 2))
            #expect(result.lastOffset == Offset(Int64(index) * 2 + 1))
        }
        #expect(log.logEnd == Offset(14))
        #expect(throws: LogError.outOfOrderSequence(producerID: 9, expected: 14, found: 2)) {
            try append(log, 2, count: 2)
        }
    }

    @Test("a gap is refused, an unknown producer may begin anywhere, sequences wrap")
    func sequences() throws {
        let log = try log()
        _ = try append(log, Int32.max - 1, count: 2)
        #expect(throws: LogError.outOfOrderSequence(producerID: 9, expected: 0, found: 1)) { try append(log, 1) }
        _ = try append(log, 0)
        _ = try append(log, 1)
        let other = try self.log()
        _ = try append(other, Int32.max, count: 3)
        #expect(try append(other, 2).baseOffset == Offset(3))
    }

    @Test("epochs only rise, and a new one begins with sequence 0")
    func epochs() throws {
        let log = try log()
        _ = try append(log, 0)
        #expect(throws: LogError.invalidProducerEpoch(producer: ProducerIdentity(id: 9, epoch: 2), current: 3)) {
            try append(log, 1, epoch: 2)
        }
        #expect(throws: LogError.outOfOrderSequence(producerID: 9, expected: 0, found: 1)) {
            try append(log, 1, epoch: 4)
        }
        _ = try append(log, 0, epoch: 4)
        #expect(throws: LogError.self) { try append(log, 1, epoch: 3) }
    }

    @Test("a transaction needs somebody who vouches for it, and shuts out plain batches of its producer")
    func verification() throws {
        let log = try log()
        #expect(throws: LogError.self) { try append(log, 0, transactional: true, verified: false) }
        _ = try append(log, 0, transactional: true)
        _ = try append(log, 1, transactional: true, verified: false)
        #expect(throws: LogError.self) { try append(log, 2) }
        _ = try log.appendMarker(.commit, producer: producer, coordinatorEpoch: 0, now: .epoch)
        #expect(throws: LogError.self) { try append(log, 2, transactional: true, verified: false) }
        _ = try append(log, 2)
    }

    @Test("markers end transactions once; the last stable offset and the aborted ones follow")
    func markers() throws {
        let log = try log()
        let other = ProducerIdentity(id: 10, epoch: 0)
        _ = try append(log, 0, count: 2, transactional: true)
        let bytes = LogFixtures.batch(["o"], producer: other, sequence: 0, transactional: true)
        try LogFixtures.append(bytes, to: log)
        #expect(log.lastStableOffset == .zero)
        #expect(log.openTransactions.map(\.producerID) == [9, 10])
        let marker = try log.appendMarker(.abort, producer: other, coordinatorEpoch: 2, now: .epoch)
        #expect(marker == LogMarkerResult(offset: Offset(3), firstOffset: Offset(2)))
        #expect(log.lastStableOffset == .zero)
        #expect(try log.appendMarker(.abort, producer: other, coordinatorEpoch: 2, now: .epoch).offset == nil)
        #expect(throws: LogError.coordinatorFenced(epoch: 1, current: 2)) {
            try log.appendMarker(.abort, producer: other, coordinatorEpoch: 1, now: .epoch)
        }
        let newer = ProducerIdentity(id: 9, epoch: 4)
        #expect(try log.appendMarker(.abort, producer: newer, coordinatorEpoch: 2, now: .epoch).offset == Offset(4))
        #expect(log.lastStableOffset == Offset(5))
        #expect(throws: LogError.self) { try append(log, 2, transactional: true) }  // the old epoch is fenced
        let aborted = try log.abortedTransactions(from: .zero, to: Offset(5))
        #expect(aborted.map(\.firstOffset) == [.zero, Offset(2)])
        #expect(aborted.map(\.lastStableOffset) == [Offset(5), .zero])
        #expect(try log.abortedTransactions(from: Offset(4), to: Offset(5)).map(\.producerID) == [9])
        #expect(try LogFixtures.records(log).suffix(2) == ["3:abort", "4:abort"])
    }

    @Test("a snapshot brings everything back, and any flipped bit is found")
    func snapshot() throws {
        let log = try log()
        _ = try append(log, 0, count: 3, transactional: true)
        var writer = ByteWriter()
        ProducerSnapshot.encode(log.producers, into: &writer)
        #expect(writer.count == 10 + 46 + 4 + 1)
        let decoded = ProducerSnapshot.decode(writer.bytes)
        let table = try #require(decoded)
        let entry = try #require(table.entries[9])
        #expect(entry.batches == [SequencedBatch(firstSequence: 0, lastSequence: 2, lastOffset: 2, offsetDelta: 2)])
        #expect(entry.epoch == 3 && entry.transactionStart == .zero && table.firstOpenOffset == .zero)
        let bytes = [UInt8](copying: writer.bytes)
        for index in bytes.indices {
            var flipped = bytes
            flipped[index] ^= 4
            let damaged = ProducerSnapshot.decode(flipped.span.bytes)
            #expect((damaged == nil), "byte \(index)")
        }
        for count in bytes.indices {
            let cut = Array(bytes[..<count])
            let damaged = ProducerSnapshot.decode(cut.span.bytes)
            #expect((damaged == nil), "\(count) bytes")
        }
    }

    @Test("after a restart in order, or by a kill, all that was in flight may come again", arguments: [true, false])
    func restart(inOrder: Bool) throws {
        let disk = SimulatedDisk(seed: 8)
        do {
            let log = try LogFixtures.open(disk)
            for index in 0..<7 { _ = try append(log, Int32(index) * 2, count: 2) }
            if inOrder { try log.closeCleanly() } else { disk.killProcess() }
        }
        let log = try LogFixtures.open(disk, clean: inOrder)
        for index in 2..<7 {
            let result = try append(log, Int32(index) * 2, count: 2)
            #expect(result.isDuplicate && result.baseOffset == Offset(Int64(index) * 2))
        }
        #expect(throws: LogError.self) { try append(log, 2, count: 2) }
        #expect(throws: LogError.self) { try append(log, 15) }
        #expect(try append(log, 14).baseOffset == Offset(14))
    }

    @Test("a snapshot of Kafka, without the older batches, is read as well")
    func kafkasSnapshot() throws {
        let log = try log()
        _ = try append(log, 0, count: 3)
        _ = try append(log, 3)
        var writer = ByteWriter()
        ProducerSnapshot.encode(log.producers, into: &writer)
        writer.truncate(to: 10 + 46)
        let checksum = CRC32C.checksum(writer.bytes.extracting(6..<writer.count))
        writer.overwrite(at: 2, checksum)
        let decoded = ProducerSnapshot.decode(writer.bytes)
        let entry = try #require(decoded?.entries[9])
        #expect(entry.batches == [SequencedBatch(firstSequence: 3, lastSequence: 3, lastOffset: 3, offsetDelta: 0)])
    }

    @Test("in an epoch that outlives its transactions sequences go on; where only a marker is left, anywhere")
    func sharedEpoch() throws {
        let log = try log()
        _ = try append(log, 0, count: 2, transactional: true)
        _ = try log.appendMarker(.commit, producer: producer, coordinatorEpoch: 0, now: .epoch)
        #expect(throws: LogError.outOfOrderSequence(producerID: 9, expected: 2, found: 0)) {
            try append(log, 0, transactional: true)
        }
        _ = try append(log, 2, transactional: true)
        _ = try log.appendMarker(.abort, producer: producer, coordinatorEpoch: 0, now: .epoch)
        var table = ProducerStateTable()
        table.applyMarker(producer, coordinatorEpoch: 0, now: .epoch)
        for round in 0..<2 {
            let header = try RecordBatchHeader(
                from: LogFixtures.batch(["x"], producer: producer, sequence: 57, transactional: true).span.bytes)
            #expect(try table.decide(header, origin: LogFixtures.client) == .append, "round \(round)")
            var writer = ByteWriter()
            ProducerSnapshot.encode(table, into: &writer)
            let decoded = ProducerSnapshot.decode(writer.bytes)
            table = try #require(decoded)
        }
    }

    @Test("a silent producer is forgotten, one with an open transaction is not")
    func expiry() throws {
        let log = try log()
        _ = try append(log, 0)
        let open = LogFixtures.batch(
            ["o"], producer: ProducerIdentity(id: 10, epoch: 0), sequence: 0, transactional: true)
        try LogFixtures.append(open, to: log)
        try log.applyRetention(now: Timestamp(1_000 + 86_400_000))
        #expect(log.producers.entries.keys.sorted() == [10])
        #expect(try append(log, 77).baseOffset == Offset(2))
    }

    @Test("a span of several batches is taken as a whole: what is known already is passed over, an error undoes all")
    func severalBatches() throws {
        let log = try log()
        let first = LogFixtures.batch(["a"], producer: producer, sequence: 0)
        let second = LogFixtures.batch(["b", "c"], producer: producer, sequence: 1)
        let gap = LogFixtures.batch(["z"], producer: producer, sequence: 9)
        try LogFixtures.append(first, to: log)
        #expect(throws: LogError.self) { try LogFixtures.append(second + gap, to: log) }
        #expect(log.logEnd == Offset(1))
        let result = try LogFixtures.append(first + second, to: log)
        #expect(result.baseOffset == .zero && result.lastOffset == Offset(2) && !result.isDuplicate)
        #expect(try LogFixtures.append(first + second, to: log).isDuplicate)
        #expect(try LogFixtures.records(log) == ["0:a", "1:b", "2:c"])
    }
}
