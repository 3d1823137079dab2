import Foundation
import MillraceCore

/// Reads one segment's files as `DumpLogSegments` does, and notes what that tool would complain about.
struct KafkaSegment {
    private(set) var complaints: [String] = []

    private struct Batch {
        var position: Int
        var lastOffset: Int64
        var maxTimestamp: Int64
    }

    init(directory: String, base: String) throws {
        func file(_ kind: String) throws -> [UInt8] {
            [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(base).\(kind)")))
        }
        let log = try file("log")
        let baseOffset = Int64(base) ?? -1
        let batches = try read(log, baseOffset)
        checkOffsetIndex(try file("index"), baseOffset, batches)
        checkTimeIndex(try file("timeindex"), baseOffset, batches)
        checkTransactions(try file("txnindex"), batches)
    }

    private mutating func read(_ log: [UInt8], _ base: Int64) throws -> [Batch] {
        var batches: [Batch] = []
        var position = 0
        var next = base
        while position < log.count {
            let header = try RecordBatchHeader(from: log.span.bytes, at: position)
            try header.verifyChecksum(of: log.span.bytes, at: position)
            if header.baseOffset.rawValue < next { complaints.append("offset \(header.baseOffset) comes twice") }
            next = header.nextOffset.rawValue
            var latest = Int64.min
            var plain = ByteWriter()
            try header.decompressRecords(of: log.span.bytes, at: position, into: &plain)
            var cursor = RecordCursor(header: header, recordsAt: 0)
            while let slot = try cursor.next(in: plain.bytes) {
                latest = max(latest, slot.timestamp.millisecondsSinceEpoch)
            }
            batches.append(Batch(position: position, lastOffset: header.lastOffset.rawValue, maxTimestamp: latest))
            position += header.totalByteCount
        }
        return batches
    }

    private mutating func checkOffsetIndex(_ bytes: [UInt8], _ base: Int64, _ batches: [Batch]) {
        if bytes.count % 8 != 0 { complaints.append("an index of \(bytes.count) bytes") }
        for entry in stride(from: 0, to: bytes.count - 7, by: 8) {
            let offset = base + integer(bytes, entry, 4)
            let position = integer(bytes, entry + 4, 4)
            if batches.first(where: { Int64($0.position) == position })?.lastOffset != offset {
                complaints.append("index entry \(offset) → \(position)")
            }
        }
    }

    private mutating func checkTimeIndex(_ bytes: [UInt8], _ base: Int64, _ batches: [Batch]) {
        if bytes.count % 12 != 0 || (bytes.isEmpty && !batches.isEmpty) {
            complaints.append("a time index of \(bytes.count) bytes")
        }
        var previous = Int64.min
        for entry in stride(from: 0, to: bytes.count - 11, by: 12) {
            let timestamp = integer(bytes, entry, 8)
            let offset = base + integer(bytes, entry + 8, 4)
            let batch = batches.first { $0.lastOffset >= offset }
            if batch?.lastOffset != offset || batch?.maxTimestamp != timestamp || timestamp <= previous {
                complaints.append("time index entry \(timestamp) → \(offset), found \(String(describing: batch))")
            }
            previous = timestamp
        }
    }

    private mutating func checkTransactions(_ bytes: [UInt8], _ batches: [Batch]) {
        if bytes.count % 34 != 0 { complaints.append("a transaction index of \(bytes.count) bytes") }
        for entry in stride(from: 0, to: bytes.count - 33, by: 34) {
            let last = integer(bytes, entry + 18, 8)
            if integer(bytes, entry, 2) != 0 || !batches.contains(where: { $0.lastOffset == last }) {
                complaints.append("transaction index entry for the marker \(last)")
            }
        }
    }

    /// Big-endian.
    private func integer(_ bytes: [UInt8], _ position: Int, _ count: Int) -> Int64 {
        bytes[position..<(position + count)].reduce(0) { $0 << 8 | Int64($1) }
    }
}
