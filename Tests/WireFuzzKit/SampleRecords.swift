internal import MillraceCore
internal import MillraceSimulation

/// Record batches, as a producer would send them and as a stranger might. Pure.
enum SampleRecords {
    /// None to two batches, with any codec.
    static func batches(using random: inout SeededGenerator) -> [UInt8] {
        var bytes = ByteWriter()
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            var builder = RecordBatchBuilder()
            for index in 0..<Int.random(in: 1...3, using: &random) {
                let key = [UInt8](repeating: UInt8(index), count: Int.random(in: 0...4, using: &random))
                let value = [UInt8](repeating: 7, count: Int.random(in: 0...40, using: &random))
                builder.append(
                    timestamp: Timestamp(1_700_000_000_000 + Int64(index)),
                    key: random.once(in: 3) ? nil : key.span.bytes, value: random.once(in: 5) ? nil : value.span.bytes,
                    headers: random.once(in: 3) ? Headers([Header("trace", [1, 2, 3])]) : .empty)
            }
            builder.seal(
                baseOffset: Offset(0),
                compression: Compression.allCases[Int.random(in: 0..<Compression.allCases.count, using: &random)])
            bytes.append(builder.bytes)
        }
        return bytes.copyBytes()
    }

    /// Reads all records of all batches in `bytes`: headers, checksums, decompression, fields. Checksums that are
    /// wrong are passed over, since those of a hostile client are right.
    ///
    /// - Returns: how many records there were.
    static func read(_ bytes: RawSpan) throws(RecordError) -> Int {
        var position = 0
        var count = 0
        while position < bytes.byteCount {
            let header = try RecordBatchHeader(from: bytes, at: position)
            do { try header.verifyChecksum(of: bytes, at: position) } catch {}
            if header.attributes.compression == Compression.none {
                var cursor = RecordCursor(header: header, recordsAt: position + RecordBatchHeader.byteCount)
                count += try readAll(&cursor, in: bytes)
            } else {
                var plain = ByteWriter()
                try header.decompressRecords(of: bytes, at: position, into: &plain, limit: 1 << 20)
                var cursor = RecordCursor(header: header, recordsAt: 0)
                count += try readAll(&cursor, in: plain.bytes)
            }
            position += header.totalByteCount
        }
        return count
    }

    private static func readAll(_ cursor: inout RecordCursor, in bytes: RawSpan) throws(RecordError) -> Int {
        var count = 0
        while let slot = try cursor.next(in: bytes) {
            _ = try slot.headers(in: bytes)
            if let key = slot.key, let value = slot.value {
                do { _ = try ControlRecord(key: bytes.extracting(key), value: bytes.extracting(value)) } catch {}
            }
            count += 1
        }
        return count
    }
}
