import MillraceCore
import MillraceLog

/// Appending batches of 600 100-byte records to one partition's log, and reading them back with their checksums
/// verified and every record parsed.
struct LogCases {
    var records: Int
    var directory: String

    private static let recordsPerBatch = 600
    /// Appended between two syncs, where syncs are asked for: what a commit each 100 ms at 2 M records/s would hold.
    private static let batchesPerSync = 333

    func run(synced: Bool) throws -> [Measurement] {
        try Files.makeEmpty(directory)
        let log = try PartitionLog(
            directory: directory, partition: TopicPartition("log", 0), configuration: LogConfiguration(),
            disk: FileSystemDisk(), now: SystemClock().now(), cleanShutdown: true)
        defer { try? log.closeCleanly() }
        return [try append(to: log, synced: synced), try read(log, synced: synced)]
    }

    private func append(to log: PartitionLog, synced: Bool) throws -> Measurement {
        var batch = RecordBatchBuilder(capacity: 1 << 17)
        let value = [UInt8](repeating: 0x5a, count: Workload.valueBytes)
        let clock = SystemClock()
        var written = 0
        let start = ResourceUsage.now()
        let keys = (0..<LogCases.recordsPerBatch).map { Workload.key(UInt64($0)) }
        for number in 0..<(records / LogCases.recordsPerBatch) {
            batch.reset()
            for index in 0..<LogCases.recordsPerBatch {
                let key = keys[index]
                batch.append(
                    timestamp: Timestamp(1_700_000_000_000 + Int64(number)), key: key.span.bytes,
                    value: value.span.bytes)
            }
            batch.seal()
            written += batch.byteCount
            _ = try log.append(
                batch.bytes, origin: .client(transactionVerified: false), trusted: true, now: clock.now())
            if synced, number % LogCases.batchesPerSync == 0 { try sync(log) }
        }
        if synced { try sync(log) }
        return measurement("log append", start, bytes: written, synced: synced)
    }

    private func sync(_ log: PartitionLog) throws {
        guard let ticket = log.beginSync() else { return }
        try ticket.perform()
        log.completeSync(ticket)
    }

    private func read(_ log: PartitionLog, synced: Bool) throws -> Measurement {
        var buffer = ByteWriter(capacity: 2 << 20)
        var offset = log.logStart
        var count = 0
        var bytes = 0
        let start = ResourceUsage.now()
        while offset < log.logEnd {
            buffer.removeAll()
            _ = try log.read(from: offset, maxBytes: 1 << 20, upTo: log.logEnd, into: &buffer)
            var position = 0
            while position < buffer.count {
                let header = try RecordBatchHeader(from: buffer.bytes, at: position)
                try header.verifyChecksum(of: buffer.bytes, at: position)
                var cursor = RecordCursor(header: header, recordsAt: position + RecordBatchHeader.byteCount)
                while try cursor.next(in: buffer.bytes) != nil { count += 1 }
                position += header.totalByteCount
                offset = header.nextOffset
            }
            bytes += buffer.count
        }
        guard count == records / LogCases.recordsPerBatch * LogCases.recordsPerBatch else {
            throw WrongResult(description: "\(count) records read of \(records)")
        }
        return measurement("log read + CRC + parse", start, bytes: bytes, synced: synced)
    }

    private func measurement(_ name: String, _ start: ResourceUsage, bytes: Int, synced: Bool) -> Measurement {
        Measurement(
            name: name, synced: synced, records: records, bytes: bytes, usage: ResourceUsage.now() - start)
    }
}
