import MillraceCore
import MillraceSimulation
import Testing

@Suite("Record batches")
struct RecordBatchTests {
    @Test("what is built is read back, whatever the records are like", arguments: 0..<300 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let codec = Compression.allCases[Int(seed % 5)]
        let largest = random.once(in: 10) ? 70_000 : 200
        let records = (0..<Int.random(in: 1...40, using: &random)).map { _ in
            PlainRecord.random(using: &random, largest: largest)
        }
        let producer = ProducerIdentity(id: Int64.random(in: 0 ... .max, using: &random), epoch: 3)
        let base = Offset(Int64.random(in: 0...1_000_000_000_000, using: &random))
        var builder = RecordBatchBuilder(capacity: 1)
        for record in records { builder.append(record) }
        #expect(builder.count == records.count)
        builder.seal(
            producer: producer, baseSequence: 17, isTransactional: random.once(in: 2), baseOffset: base,
            partitionLeaderEpoch: 5, compression: codec)
        #expect(builder.byteCount == builder.bytes.byteCount)
        let header = try RecordBatchHeader(from: builder.bytes)
        try header.verifyChecksum(of: builder.bytes)
        #expect(header.totalByteCount == builder.byteCount, "seed \(seed)")
        #expect(header.attributes.compression == codec, "seed \(seed)")
        #expect(header.producer == producer && header.baseSequence == 17 && header.partitionLeaderEpoch == 5)
        #expect(header.baseOffset == base && header.nextOffset == base.advanced(by: Int64(records.count)))
        #expect(header.baseTimestamp.millisecondsSinceEpoch == records[0].timestamp, "seed \(seed)")
        #expect(header.maxTimestamp.millisecondsSinceEpoch == records.map(\.timestamp).max(), "seed \(seed)")
        let found = try readBatch(builder.bytes)
        #expect(found.map(\.record) == records, "seed \(seed)")
        #expect(found.map(\.offset) == records.indices.map { base.advanced(by: Int64($0)) }, "seed \(seed)")
    }

    @Test(
        "lengths of one byte, two, three and four are read, wherever the bytes end",
        arguments: [0, 1, 63, 64, 8_191, 8_192, 1_048_575, 1_048_576])
    func lengths(size: Int) throws {
        let bytes = [UInt8](repeating: 0x80, count: size)
        let records = [
            PlainRecord(timestamp: 0, key: bytes, value: [1], headers: .empty),
            PlainRecord(timestamp: Int64(size), key: [2], value: bytes, headers: .empty),
            PlainRecord(timestamp: -Int64(size), key: nil, value: bytes, headers: Headers([Header("a", bytes)])),
            PlainRecord(timestamp: 5, key: bytes, value: nil, headers: .empty),
        ]
        for count in 1...records.count {
            var builder = RecordBatchBuilder()
            for record in records.prefix(count) { builder.append(record) }
            builder.seal()
            #expect(try readBatch(builder.bytes).map(\.record) == Array(records.prefix(count)))
        }
    }

    @Test("batches lie one after another, and a builder is used again")
    func severalBatches() throws {
        var builder = RecordBatchBuilder()
        var log = ByteWriter()
        for number in 0..<5 as Range<Int64> {
            builder.reset()
            let isEmpty = builder.isEmpty
            #expect(isEmpty)
            for _ in 0...number {
                builder.append(PlainRecord(timestamp: number, key: nil, value: [UInt8(number)], headers: .empty))
            }
            builder.seal(compression: number == 2 ? .lz4 : .none)
            log.append(builder.bytes)
        }
        var position = 0
        for number in 0..<5 as Range<Int64> {
            let header = try RecordBatchHeader(from: log.bytes, at: position)
            try header.verifyChecksum(of: log.bytes, at: position)
            let found = try readBatch(log.bytes, at: position)
            #expect(found.count == Int(number) + 1)
            #expect(found.allSatisfy { $0.record.value == [UInt8(number)] })
            position += header.totalByteCount
        }
        #expect(position == log.count)
    }

    @Test("with LogAppendTime, all records have the batch's time")
    func logAppendTime() throws {
        var builder = RecordBatchBuilder()
        for time in [5, 9, 2] as [Int64] {
            builder.append(PlainRecord(timestamp: time, key: nil, value: nil, headers: .empty))
        }
        builder.seal()
        var bytes = ByteWriter()
        bytes.append(builder.bytes)
        bytes.overwrite(at: 21, BatchAttributes(usesLogAppendTime: true).rawValue)
        let times = try readBatch(bytes.bytes).map(\.record.timestamp)
        #expect(times == [9, 9, 9])
    }

    @Test("every flipped bit behind the leader epoch is found by the header or the checksum")
    func flippedBits() throws {
        var builder = RecordBatchBuilder()
        builder.append(PlainRecord(timestamp: 1, key: [1], value: [2, 3], headers: .empty))
        builder.seal()
        let sound = [UInt8](copying: builder.bytes)
        for position in 16..<sound.count {
            for bit in 0..<8 {
                var bytes = sound
                bytes[position] ^= 1 << UInt8(bit)
                #expect(throws: RecordError.self, "bit \(bit) of byte \(position)") {
                    try RecordBatchHeader(from: bytes.span.bytes).verifyChecksum(of: bytes.span.bytes)
                }
            }
        }
    }

    @Test("a batch that is cut off anywhere is refused as truncated")
    func truncated() {
        var builder = RecordBatchBuilder()
        builder.append(PlainRecord(timestamp: 1, key: [1], value: [2, 3], headers: .empty))
        builder.seal()
        for count in 0..<builder.byteCount {
            do throws(RecordError) {
                _ = try RecordBatchHeader(from: builder.bytes.extracting(0..<count))
                Issue.record("\(count) bytes were taken for a batch")
            } catch {
                guard case .truncated(_, let available) = error else {
                    Issue.record("\(count) bytes: \(error)")
                    continue
                }
                #expect(available == count)
            }
        }
    }

    @Test("a batch that is given away leaves an empty builder, which writes the next one like a new one")
    func givenAway() throws {
        var builder = RecordBatchBuilder()
        var kept: [SharedBuffer] = []
        for _ in 0..<3 {
            builder.append(timestamp: Timestamp(5), key: nil, value: ([1, 2] as [UInt8]).span.bytes)
            builder.seal()
            kept.append(SharedBuffer(capacity: 7))
            builder.moveBytes(to: kept[kept.count - 1])
            let isEmpty = builder.isEmpty
            #expect(isEmpty)
        }
        for buffer in kept {
            let header = try RecordBatchHeader(from: buffer.bytes)
            try header.verifyChecksum(of: buffer.bytes)
            #expect(header.recordCount == 1 && header.totalByteCount == buffer.count)
            #expect(try readBatch(buffer.bytes).map(\.record.value) == [[1, 2]])
        }
    }
}
