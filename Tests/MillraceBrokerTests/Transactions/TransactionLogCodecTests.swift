import MillraceBroker
import MillraceCore
import MillraceSimulation
import Testing

@Suite("entries of __transaction_state")
struct TransactionLogCodecTests {
    private func read(_ value: [UInt8]) throws -> TransactionMetadata {
        var writer = ByteWriter()
        TransactionLogCodec.writeKey("t", into: &writer)
        let middle = writer.count
        writer.append(contentsOf: value)
        switch try TransactionLogCodec.read(key: 0..<middle, value: middle..<writer.count, in: writer.bytes) {
        case .set(let metadata): return metadata
        case .remove: throw RecordError.malformed("removal")
        }
    }

    private func entry(_ seed: UInt64) -> TransactionMetadata {
        var random = SeededGenerator(seed: seed)
        var entry = TransactionMetadata(
            transactionalID: "t", producer: ProducerIdentity(id: 7, epoch: 3), timeoutMilliseconds: 1_000,
            status: [.empty, .ongoing, .prepareCommit, .completeAbort].randomElement(using: &random) ?? .empty,
            updatedAt: Timestamp(5))
        entry.clientVersion = random.once(in: 2) ? .v1 : .v2
        entry.isEpochShared = random.once(in: 2)
        entry.isCheckpoint = random.once(in: 2)
        if random.once(in: 2) { entry.previousProducer = ProducerIdentity(id: 6, epoch: 32_766) }
        if random.once(in: 2) { entry.startedAt = Timestamp(4) }
        for number in 0..<Int32.random(in: 0..<200, using: &random) {
            entry.partitions.append(TopicPartition("topic-\(number / 3)", number))
        }
        guard random.once(in: 2) else { return entry }
        entry.starts = entry.partitions.map { _ in
            random.once(in: 4)
                ? .none : TransactionStart(incarnation: Int64(bitPattern: random.next()), offset: .max)
        }
        return entry
    }

    @Test("an entry comes back as it was, and cut off anywhere it is an error", arguments: 0..<50 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        let entry = entry(seed)
        var writer = ByteWriter()
        TransactionLogCodec.writeValue(entry, into: &writer)
        let bytes = writer.copyBytes()
        #expect(try read(bytes) == entry, "seed \(seed)")
        // Not an expectation for each: there are some hundred thousand.
        let taken = bytes.indices.filter { count in
            do { _ = try read(Array(bytes[..<count])) } catch { return !(error is RecordError) }
            return true
        }
        #expect(taken == [], "seed \(seed): so many bytes are no error")
        // Whatever it is, it does not trap.
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var flipped = bytes
            flipped[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            _ = try? read(flipped)
        }
    }

    @Test("entries of version 0, where every end raised the epoch, are read; the bytes are those of Kafka's schema")
    func versions() throws {
        var writer = ByteWriter()
        writer.append(Int16(0))
        writer.append(Int64(7))
        writer.append(Int16(3))
        writer.append(Int32(1_000))
        writer.append(TransactionStatus.prepareCommit.rawValue)
        writer.append(Int32(1))
        writer.append(Int16(1))
        writer.append(utf8: "a")
        writer.append(Int32(1))
        writer.append(Int32(4))
        writer.append(Int64(5))
        writer.append(Int64(-1))
        let old = try read(writer.copyBytes())
        #expect(old.writer == ProducerIdentity(id: 7, epoch: 2) && !old.isEpochShared)
        #expect(old.partitions == [TopicPartition("a", 4)])

        writer.removeAll()
        TransactionLogCodec.writeValue(old, into: &writer)
        let head: [UInt8] = [0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 3, 0, 0, 3, 0xE8, 2]
        let partitions: [UInt8] = [2, 2, 0x61, 2, 0, 0, 0, 4, 0]
        let times: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 5] + Array(repeating: 0xFF, count: 8)
        let tags: [UInt8] = [1, 2, 2, 0, 2]
        #expect(writer.copyBytes() == head + partitions + times + tags)
    }

    /// Kafka's readers, `DumpLogSegments` among them, fail at null partitions in any state but Empty.
    @Test("without partitions, only the state Empty has null for them", arguments: TransactionStatus.allCases)
    func noPartitions(status: TransactionStatus) throws {
        var writer = ByteWriter()
        let metadata = TransactionMetadata(
            transactionalID: "t", producer: ProducerIdentity(id: 7, epoch: 5), timeoutMilliseconds: 1_000,
            status: status, updatedAt: Timestamp(1))
        TransactionLogCodec.writeValue(metadata, into: &writer)
        // Behind version, producer id, epoch, time-out and status; lengths are written plus one, null is 0.
        var reader = ByteReader()
        _ = try reader.readRange(17, from: writer.bytes)
        #expect(try reader.readUnsignedVarint(from: writer.bytes) == (status == .empty ? 0 : 1))
    }
}
