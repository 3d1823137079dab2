import MillraceCore
import MillraceSimulation
import Testing

@Suite("Compression")
struct CompressionTests {
    private static let sizes = [0, 1, 2, 15, 16, 100, 32 << 10, (32 << 10) + 1, 100_000]

    @Test("bytes of any size come back", arguments: Compression.allCases)
    func roundTrip(codec: Compression) throws {
        var random = SeededGenerator(seed: UInt64(codec.rawValue))
        for size in CompressionTests.sizes {
            for alphabet in [1, 8, 256] {
                let bytes = (0..<size).map { _ in UInt8(Int.random(in: 0..<alphabet, using: &random)) }
                var packed = ByteWriter()
                codec.compress(bytes.span.bytes, into: &packed)
                var plain = ByteWriter()
                plain.append(UInt8(42))
                try codec.decompress(packed.bytes, into: &plain, limit: size)
                #expect(plain.count == size + 1, "\(codec), \(size) bytes")
                let isSame = plain.bytes.extracting(1..<plain.count).elementsEqual(bytes.span.bytes)
                #expect(isSame, "\(codec), \(size) bytes of \(alphabet) kinds")
            }
        }
    }

    @Test("more than the limit is refused, and leaves the writer as it was", arguments: Compression.allCases)
    func bomb(codec: Compression) {
        let zeros = [UInt8](repeating: 0, count: 20 << 20)
        var packed = ByteWriter()
        codec.compress(zeros.span.bytes, into: &packed)
        var plain = ByteWriter()
        plain.append(UInt8(42))
        for limit in [0, 1_000, 1 << 20, (20 << 20) - 1] {
            #expect(throws: RecordError.corruptCompression(codec), "\(limit)") {
                try codec.decompress(packed.bytes, into: &plain, limit: limit)
            }
            let left = plain.copyBytes()
            #expect(left == [42])
        }
    }

    @Test("a bomb inside a batch is stopped", arguments: [Compression.gzip, .snappy, .lz4, .zstd])
    func bombInBatch(codec: Compression) throws {
        var builder = RecordBatchBuilder()
        builder.append(
            PlainRecord(timestamp: 0, key: nil, value: [UInt8](repeating: 0, count: 3 << 20), headers: .empty))
        builder.seal(compression: codec)
        #expect(builder.byteCount < 300_000)
        #expect(throws: RecordError.corruptCompression(codec)) { try readBatch(builder.bytes, limit: 1 << 20) }
        let records = try readBatch(builder.bytes)
        #expect(records.count == 1)
    }

    @Test("what is cut off is refused", arguments: [Compression.gzip, .snappy, .lz4, .zstd])
    func truncated(codec: Compression) {
        var random = SeededGenerator(seed: 5)
        let bytes = (0..<500).map { _ in UInt8.random(in: 0...15, using: &random) }
        var packed = ByteWriter()
        codec.compress(bytes.span.bytes, into: &packed)
        for count in 0..<packed.count {
            // What is left of snappy-java's framing without a block means no bytes.
            if codec == .snappy && count == 16 { continue }
            var plain = ByteWriter()
            #expect(throws: RecordError.corruptCompression(codec), "\(count) of \(packed.count) bytes") {
                try codec.decompress(packed.bytes.extracting(0..<count), into: &plain, limit: 1_000)
            }
            #expect(plain.count == 0)
        }
    }

    @Test(
        "damaged frames are decompressed to something within the limit, or refused", arguments: 0..<40 as Range<UInt64>)
    func damaged(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let codec = Compression.allCases[1 + Int(seed % 4)]
        let bytes = (0..<300).map { _ in UInt8.random(in: 0...7, using: &random) }
        var packed = ByteWriter()
        codec.compress(bytes.span.bytes, into: &packed)
        for _ in 0..<100 {
            var damaged = packed.copyBytes()
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            var plain = ByteWriter()
            do throws(RecordError) {
                try codec.decompress(damaged.span.bytes, into: &plain, limit: 10_000)
                #expect(plain.count <= 10_000, "seed \(seed)")
            } catch {
                #expect(error == .corruptCompression(codec), "seed \(seed)")
                #expect(plain.count == 0, "seed \(seed)")
            }
        }
    }

    @Test("snappy is written in snappy-java's framing, and read with and without it")
    func snappyFraming() throws {
        let text = Array("abc".utf8)
        var packed = ByteWriter()
        Compression.snappy.compress(text.span.bytes, into: &packed)
        let block: [UInt8] = [3, 0x08] + text  // length 3; a literal of three bytes
        let head: [UInt8] = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]
        let framed = head + [0, 0, 0, UInt8(block.count)] + block
        let written = packed.copyBytes()
        #expect(written == framed)
        let twice = framed + [0, 0, 0, UInt8(block.count)] + block
        for (bytes, expected) in [(block, "abc"), (framed, "abc"), (twice, "abcabc"), (head, "")] {
            var plain = ByteWriter()
            try Compression.snappy.decompress(bytes.span.bytes, into: &plain, limit: 10)
            let found = plain.bytes.lossyUTF8
            #expect(found == expected)
        }
        var plain = ByteWriter()
        #expect(throws: RecordError.corruptCompression(.snappy)) {
            try Compression.snappy.decompress(twice.span.bytes, into: &plain, limit: 5)
        }
    }

    @Test("a small snappy block that claims to be large is refused")
    func snappyClaim() {
        let block: [UInt8] = [0xff, 0xff, 0xff, 0x7f, 0x00, 0x00]
        var plain = ByteWriter()
        #expect(throws: RecordError.corruptCompression(.snappy)) {
            try Compression.snappy.decompress(
                block.span.bytes, into: &plain, limit: RecordBatchHeader.decompressedLimit)
        }
        #expect(plain.count == 0)
    }

    /// As Java's producers write it: the size of the contents is not said. A window of 128 MB is claimed, and eight
    /// blocks of 128 KB follow, each one byte repeated.
    @Test("a zstd frame of 40 bytes that does not say its size is decompressed up to the limit", arguments: [0, 1])
    func zstdUnknownSize(missing: Int) throws {
        var frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x88]
        for block in 0..<8 { frame += [block == 7 ? 0x03 : 0x02, 0x00, 0x10, UInt8(block)] }
        var plain = ByteWriter()
        plain.append(UInt8(99))
        if missing == 0 {
            try Compression.zstd.decompress(frame.span.bytes, into: &plain, limit: 1 << 20)
            var expected: [UInt8] = [99]
            for block in 0..<8 { expected += [UInt8](repeating: UInt8(block), count: 128 << 10) }
            let found = plain.copyBytes()
            #expect(found == expected)
        } else {
            #expect(throws: RecordError.corruptCompression(.zstd)) {
                try Compression.zstd.decompress(frame.span.bytes, into: &plain, limit: (1 << 20) - missing)
            }
            #expect(plain.count == 1)
        }
    }

    @Test("an unknown codec is named")
    func unknownCodec() {
        var builder = RecordBatchBuilder()
        builder.append(PlainRecord(timestamp: 0, key: nil, value: nil, headers: .empty))
        builder.seal()
        var bytes = ByteWriter()
        bytes.append(builder.bytes)
        bytes.overwrite(at: 21, Int16(7))
        var plain = ByteWriter()
        #expect(throws: RecordError.unsupportedCompression(7)) {
            try RecordBatchHeader(from: bytes.bytes).decompressRecords(of: bytes.bytes, into: &plain)
        }
    }
}
