import Foundation
import MillraceCore
import MillraceLog
import MillraceSimulation
import Testing

/// Places of batches in files, for sending them without reading them.
@Suite("Slices of a log")
struct LogSliceTests {
    private let small = LogConfiguration(segmentBytes: 2_000, retentionMilliseconds: nil, indexIntervalBytes: 300)

    private func fill(_ log: PartitionLog, batches: Int = 120) throws {
        for index in 0..<batches {
            let values = (0...(index % 4)).map { "\(index).\($0)" + String(repeating: "x", count: index % 60) }
            try LogFixtures.append(LogFixtures.batch(values), to: log)
        }
    }

    private func headers(_ slice: LogSlice) throws -> [RecordBatchHeader] {
        var writer = ByteWriter()
        try slice.read(into: &writer)
        var headers: [RecordBatchHeader] = []
        var position = 0
        while position < writer.count {
            let header = try RecordBatchHeader(from: writer.bytes, at: position)
            try header.verifyChecksum(of: writer.bytes, at: position)
            headers.append(header)
            position += header.totalByteCount
        }
        return headers
    }

    @Test(
        "whole batches from any offset, within the bytes asked for or one batch", arguments: [1, 150, 700, 1_500, .max])
    func everywhere(maxBytes: Int) throws {
        let disk = SimulatedDisk(seed: 4)
        var log = try LogFixtures.open(disk, small)
        try fill(log)
        for isClean in [true, false] {
            for start in 0..<log.logEnd.rawValue {
                let slice = try #require(try log.slice(from: Offset(start), maxBytes: maxBytes, upTo: log.logEnd))
                let batches = try headers(slice)
                let first = try #require(batches.first)
                #expect(first.baseOffset.rawValue <= start && first.lastOffset.rawValue >= start)
                #expect(slice.byteCount <= maxBytes || batches.count == 1)
                #expect(batches.last?.nextOffset == slice.nextOffset)
                #expect(slice.hasMore == (slice.nextOffset < log.logEnd))
            }
            #expect(try log.slice(from: log.logEnd, maxBytes: maxBytes, upTo: log.logEnd) == nil)
            if isClean { try log.closeCleanly() }
            log = try LogFixtures.open(disk, small, clean: isClean)
        }
    }

    @Test("a reader that reads on gets every batch once, and stops at the limit")
    func sequential() throws {
        let log = try LogFixtures.open(SimulatedDisk(seed: 4), small)
        try fill(log)
        let limit = try #require(try log.slice(from: Offset(100), maxBytes: 1, upTo: log.logEnd)).nextOffset
        var offset = Offset.zero
        var seen: [Offset] = []
        while let slice = try log.slice(from: offset, maxBytes: 600, upTo: limit) {
            seen += try headers(slice).map(\.baseOffset)
            offset = slice.nextOffset
        }
        #expect(offset == limit)
        #expect(seen == seen.sorted() && Set(seen).count == seen.count)
        #expect(seen.last.map { $0 < limit } == true)
        #expect(throws: LogError.self) { try log.slice(from: Offset(1_000), maxBytes: 1, upTo: limit) }
    }

    @Test("a slice can be read after retention, compaction and deletion have removed its file")
    func outlivesItsFile() throws {
        let root = NSTemporaryDirectory() + "millrace-slice-\(UUID().uuidString)"
        let disk = FileSystemDisk()
        defer { try? disk.removeDirectory(root) }
        try disk.createDirectory(root)
        let log = try PartitionLog(
            directory: root + "/chat-0", partition: LogFixtures.partition, configuration: small, disk: disk,
            now: .epoch, cleanShutdown: false)
        try fill(log)
        let slice = try #require(try log.slice(from: .zero, maxBytes: 1_000, upTo: log.logEnd))
        let before = try headers(slice)
        #expect(slice.file.systemDescriptor != nil)
        try log.deleteRecords(before: log.logEnd)
        let others = try (0..<8).map { try disk.open(root + "/other\($0)", create: true) }
        #expect(try headers(slice) == before)
        try log.delete()
        #expect(try headers(slice) == before)
        #expect(others.allSatisfy { $0.systemDescriptor != slice.file.systemDescriptor })
    }
}
