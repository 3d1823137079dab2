import MillraceCore
import MillraceSimulation
import Testing

/// Whatever the bytes are: a value or a `RecordError`, never a trap. Checksums are not looked at here, as a malicious
/// client's are right.
@Suite("Corrupt batches")
struct CorruptBatchTests {
    @Test("6,000 mutated batches are read or refused", arguments: 0..<60 as Range<UInt64>)
    func mutations(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let codec = seed % 3 == 0 ? Compression.allCases[Int(seed / 3 % 5)] : .none
        var builder = RecordBatchBuilder()
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            builder.append(PlainRecord.random(using: &random, largest: 20))
        }
        builder.seal(baseOffset: Offset(Int64.random(in: 0...1_000, using: &random)), compression: codec)
        let sound = [UInt8](copying: builder.bytes)
        for _ in 0..<100 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...4, using: &random) { CorruptBatchTests.mutate(&bytes, using: &random) }
            CorruptBatchTests.readSomehow(bytes)
        }
    }

    @Test("3,000 spans of random bytes with a possible header are read or refused", arguments: 0..<30 as Range<UInt64>)
    func randomBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed &+ 1_000)
        for _ in 0..<100 {
            var bytes = (0..<Int.random(in: 0...150, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if bytes.count > RecordBatchHeader.byteCount {
                bytes.replaceSubrange(0..<4, with: [0, 0, 0, 0])
                bytes.replaceSubrange(8..<12, with: [0, 0, 0, UInt8(bytes.count - 12)])
                bytes[16] = 2
                bytes[22] = random.once(in: 2) ? 0 : UInt8.random(in: 0...7, using: &random)
                bytes[23] &= 0x7f
                bytes.replaceSubrange(57..<61, with: [0, 0, 0, UInt8.random(in: 0...5, using: &random)])
            }
            CorruptBatchTests.readSomehow(bytes)
        }
    }

    @Test("an offset delta beyond the batch's last one is refused, even where the offset would overflow")
    func offsetOverflow() {
        var builder = RecordBatchBuilder()
        for _ in 0..<3 { builder.append(PlainRecord(timestamp: 0, key: nil, value: nil, headers: .empty)) }
        builder.seal()
        var bytes = ByteWriter()
        bytes.append(builder.bytes)
        // One record less is promised than there are deltas for; the base offset is the largest one possible.
        bytes.overwrite(at: 0, Int64.max - 1)
        bytes.overwrite(at: 23, Int32(0))
        bytes.overwrite(at: 57, Int32(1))
        bytes.overwrite(at: 61 + 3, UInt8(0x08))  // the first record's offset delta becomes 4
        #expect(throws: RecordError.self) { try readBatch(bytes.bytes) }
    }

    @Test("a header with impossible counts is refused")
    func impossibleCounts() {
        var builder = RecordBatchBuilder()
        builder.append(PlainRecord(timestamp: 0, key: nil, value: nil, headers: .empty))
        builder.seal()
        let damages: [(position: Int, value: Int32)] = [(8, -1), (8, 48), (8, .min), (23, -1), (57, -1), (57, 2)]
        for (position, value) in damages {
            var bytes = ByteWriter()
            bytes.append(builder.bytes)
            bytes.overwrite(at: position, value)
            #expect(throws: RecordError.self, "\(value) at \(position)") { try RecordBatchHeader(from: bytes.bytes) }
        }
        var bytes = ByteWriter()
        bytes.append(builder.bytes)
        for base in [-1, .min, .max] as [Int64] {
            bytes.overwrite(at: 0, base)
            #expect(throws: RecordError.self, "base offset \(base)") { try RecordBatchHeader(from: bytes.bytes) }
        }
    }

    private static func mutate(_ bytes: inout [UInt8], using random: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let position = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[position] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 1: bytes[position] = UInt8.random(in: 0...255, using: &random)
        case 2: bytes[position] = 0xff
        case 3: bytes.removeSubrange(position...)
        case 4:
            // Lengths near the ends of their range, where records begin.
            let start = min(position, max(0, bytes.count - 10))
            let varint: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]
            bytes.replaceSubrange(start..<min(start + 10, bytes.count), with: varint)
        default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: position)
        }
    }

    private static func readSomehow(_ bytes: [UInt8]) {
        do throws(RecordError) {
            for (offset, _) in try readBatch(bytes.span.bytes, limit: 1 << 20) { _ = offset.advanced(by: 0) }
            let header = try RecordBatchHeader(from: bytes.span.bytes)
            _ = header.nextOffset
            try header.verifyChecksum(of: bytes.span.bytes)
        } catch {
            // Typed by the signature: nothing else can be thrown.
        }
    }
}
