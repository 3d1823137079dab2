import MillraceCore
import MillraceLog
import MillraceSimulation
import Testing

/// What a log refuses of a client's batch, and with which of Kafka's codes.
@Suite("Validation of produced batches")
struct ProduceValidationTests {
    private func log(_ change: (inout LogConfiguration) -> Void = { _ in }) throws -> PartitionLog {
        var configuration = LogConfiguration()
        change(&configuration)
        return try LogFixtures.open(SimulatedDisk(seed: 1), configuration)
    }

    private func refusal(_ log: PartitionLog, _ bytes: [UInt8], now: Int64 = 1_000) -> LogError? {
        do throws(LogError) {
            try LogFixtures.append(bytes, to: log, now: Timestamp(now))
            return nil
        } catch {
            return error
        }
    }

    /// A batch with its records as raw bytes: sound on the outside, whatever stands inside.
    private func batch(_ records: [UInt8], count: Int32, compression: Compression = .none, flags: Int16 = 0) -> [UInt8]
    {
        var builder = RecordBatchBuilder()
        for _ in 0..<count { builder.append(timestamp: .epoch, key: nil, value: nil) }
        builder.seal()
        var writer = ByteWriter()
        writer.append(builder.bytes.extracting(0..<RecordBatchHeader.byteCount))
        compression.compress(records.span.bytes, into: &writer)
        writer.overwrite(at: 8, Int32(writer.count - RecordBatchHeader.prefixByteCount))
        writer.overwrite(at: 21, Int16(compression.rawValue) | flags)
        let end = writer.count
        writer.overwrite(at: 17, CRC32C.checksum(writer.bytes.extracting(RecordBatchHeader.checksummedStart..<end)))
        return writer.copyBytes()
    }

    /// length 6: attributes, timestamp delta 0, offset delta, null key, null value, no headers.
    private func record(_ offsetDelta: UInt8) -> [UInt8] { [12, 0, 0, offsetDelta * 2, 1, 1, 0] }

    @Test("records whose structure is not sound are refused, in every codec", arguments: Compression.allCases)
    func structure(codec: Compression) throws {
        let log = try log()
        let sound = record(0) + record(1)
        let bad: [(String, [UInt8], Int32)] = [
            ("fewer than the header says", sound, 3),
            ("more than the header says", sound, 1),
            ("an offset delta twice", record(0) + record(0), 2),
            ("deltas not from 0", record(1) + record(2), 2),
            ("a length that is too long", [14, 0, 0, 0, 1, 1, 0], 1),
            ("a length that is too short", [10, 0, 0, 0, 1, 1, 0], 1),
            ("a negative length", [11, 0, 0, 0, 1, 1, 0], 1),
            ("a key longer than its record", [12, 0, 0, 0, 40, 1, 0], 1),
            ("a key of length -2", [12, 0, 0, 0, 3, 1, 0], 1),
            ("headers that are not there", [12, 0, 0, 0, 1, 1, 2], 1),
            ("a negative number of headers", [12, 0, 0, 0, 1, 1, 1], 1),
            ("a header without a name", [16, 0, 0, 0, 1, 1, 2, 1, 1], 1),
            ("a varint without an end", [12, 0, 0, 0, 1, 1, 0x80], 1),
        ]
        for (name, records, count) in bad {
            let found = refusal(log, batch(records, count: count, compression: codec))
            #expect(found?.code == .invalidRecord, "\(name): \(String(describing: found))")
        }
        #expect(log.logEnd == .zero)
        #expect(refusal(log, batch(sound, count: 2, compression: codec)) == nil)
    }

    @Test("a codec that cannot read its bytes, or does not exist, is refused")
    func codecs() throws {
        let log = try log()
        for codec in Compression.allCases where codec != .none {
            let garbage = batch(record(0), count: 1, flags: Int16(codec.rawValue))
            #expect(refusal(log, garbage)?.code == .corruptMessage, "\(codec)")
        }
        #expect(refusal(log, batch(record(0), count: 1, flags: 6))?.code == .unsupportedCompressionType)
        #expect(log.logEnd == .zero)
    }

    @Test("records that blow up are refused before they take the memory", arguments: [Compression.gzip, .zstd, .lz4])
    func bombs(codec: Compression) throws {
        let log = try log { $0.maxMessageBytes = 100 << 20 }
        let zeros = [UInt8](repeating: 0, count: 65 << 20)
        let bomb = batch(zeros, count: 1, compression: codec)
        #expect(bomb.count < 1 << 20)
        #expect(refusal(log, bomb)?.code == .corruptMessage)
    }

    @Test("a compacted topic names the records that have no key", arguments: Compression.allCases)
    func keys(codec: Compression) throws {
        let log = try log { $0.cleanupPolicy = .compact }
        var builder = RecordBatchBuilder()
        let key: [UInt8] = [1]
        for index in 0..<5 {
            builder.append(timestamp: .epoch, key: index % 2 == 0 ? key.span.bytes : nil, value: nil)
        }
        builder.seal(compression: codec)
        for trusted in [true, false] {
            do throws(LogError) {
                _ = try log.append(builder.bytes, origin: LogFixtures.client, trusted: trusted, now: .epoch)
                Issue.record("appended")
            } catch {
                #expect(error.code == .invalidRecord)
                #expect(error.recordRefusals.map(\.batchIndex) == [1, 3])
                #expect(error.recordRefusals.allSatisfy { $0.reason == .missingKey })
            }
        }
    }

    @Test("timestamps outside what the topic allows are named; none (-1) passes")
    func timestamps() throws {
        let log = try log {
            $0.timestampBeforeMaxMilliseconds = 500
            $0.timestampAfterMaxMilliseconds = 100
        }
        func batch(_ times: [Int64]) -> [UInt8] {
            var builder = RecordBatchBuilder()
            for time in times { builder.append(timestamp: Timestamp(time), key: nil, value: nil) }
            builder.seal()
            return [UInt8](copying: builder.bytes)
        }
        #expect(refusal(log, batch([500, 1_100, 1_000])) == nil)
        #expect(refusal(log, batch([-1])) == nil)
        let refused = refusal(log, batch([500, 499, 1_000, 1_101]))
        #expect(refused?.code == .invalidTimestamp)
        #expect(refused?.recordRefusals.map(\.batchIndex) == [1, 3])
        #expect(LogConfiguration().timestampAfterMaxMilliseconds == 3_600_000, "Kafka's default since 4.0")
        #expect(LogConfiguration().timestampBeforeMaxMilliseconds == .max)
        let byLog = try self.log { $0.timestampType = .logAppendTime }
        #expect(refusal(byLog, batch([1 << 50])) == nil, "the log's time replaces it")
    }

    @Test("flags that are the broker's, and other record formats, are refused")
    func flags() throws {
        let log = try log()
        #expect(refusal(log, batch(record(0), count: 1, flags: 8))?.code == .invalidTimestamp)
        #expect(refusal(log, batch(record(0), count: 1, flags: 64))?.code == .invalidRecord)
        var old = LogFixtures.batch(["a"])
        old[16] = 1
        #expect(refusal(log, old)?.code == .invalidRecord)
    }

    @Test("a largest timestamp that is not the records' is put right")
    func claimedTime() throws {
        let log = try log()
        var bytes = LogFixtures.batch(["a", "b"], at: 1_000)
        bytes.replaceSubrange(35..<43, with: [0, 0, 0, 0, 0, 0, 0x7f, 0xff])
        let checksum = CRC32C.checksum(bytes.span.bytes.extracting(21..<bytes.count))
        bytes.replaceSubrange(17..<21, with: (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (24 - 8 * $0)) })
        #expect(refusal(log, bytes) == nil)
        #expect(try LogFixtures.records(log) == ["0:a", "1:b"])
        #expect(try log.offset(atOrAfter: Timestamp(1_002)) == nil)
    }

    @Test(
        "compression.type is the codec of all batches in the log, whatever they came in",
        arguments: Compression.allCases, Compression.allCases)
    func recompression(from source: Compression, to target: Compression) throws {
        let log = try log { $0.recompression = .init(codec: target, level: target == .gzip ? 9 : nil) }
        let values = (0..<50).map { "value number \($0)" }
        for trusted in [true, false] {
            let bytes = LogFixtures.batch(values, compression: source)
            _ = try log.append(bytes.span.bytes, origin: LogFixtures.client, trusted: trusted, now: Timestamp(1_000))
        }
        var writer = ByteWriter()
        _ = try log.read(from: .zero, maxBytes: 1, upTo: log.logEnd, into: &writer)
        #expect(try RecordBatchHeader(from: writer.bytes).attributes.compression == target)
        let all = try LogFixtures.records(log)
        #expect(all.count == 100 && all.last == "99:value number 49")
    }

    @Test("random damage under a sound checksum is refused or read back, and never traps", arguments: 0..<60)
    func damage(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let log = try log()
        let sound = LogFixtures.batch((0..<Int.random(in: 1...6, using: &random)).map { "v\($0)" })
        let count = try RecordBatchHeader(from: sound.span.bytes).recordCount
        for _ in 0..<200 {
            var records = Array(sound[RecordBatchHeader.byteCount...])
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                records[Int.random(in: 0..<records.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = refusal(log, batch(records, count: count))
        }
        _ = try LogFixtures.records(log)
    }
}
