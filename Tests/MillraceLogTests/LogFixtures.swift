import MillraceCore
import MillraceLog

/// Builds batches and opens logs for the tests of this folder.
enum LogFixtures {
    static let partition = TopicPartition("chat", 0)
    static let directory = "/data/topics/chat-0"
    static let client = LogAppendOrigin.client(transactionVerified: true)

    static func open(
        _ disk: any Disk, _ configuration: LogConfiguration = LogConfiguration(), directory: String = directory,
        clean: Bool = false, now: Timestamp = Timestamp(1_000)
    ) throws(LogError) -> PartitionLog {
        do {
            let parent = String(directory[..<(directory.lastIndex(of: "/") ?? directory.startIndex)])
            try disk.createDirectory(parent)
            var path = parent
            while let slash = path.lastIndex(of: "/") {
                path = String(path[..<slash])
                if path.isEmpty { break }
                try disk.syncDirectory(path)
            }
            try disk.syncDirectory("/")
        } catch {
            throw .disk(error)
        }
        return try PartitionLog(
            directory: directory, partition: partition, configuration: configuration, disk: disk, now: now,
            cleanShutdown: clean)
    }

    /// A sealed batch with one record for each value.
    static func batch(
        _ values: [String], at time: Int64 = 1_000, producer: ProducerIdentity = .none, sequence: Int32 = -1,
        transactional: Bool = false, compression: Compression = .none
    ) -> [UInt8] {
        var builder = RecordBatchBuilder(capacity: 256)
        for (index, value) in values.enumerated() {
            let key = Array("k\(index)".utf8)
            let bytes = Array(value.utf8)
            builder.append(timestamp: Timestamp(time + Int64(index)), key: key.span.bytes, value: bytes.span.bytes)
        }
        builder.seal(
            producer: producer, baseSequence: sequence, isTransactional: transactional, compression: compression)
        return [UInt8](copying: builder.bytes)
    }

    @discardableResult
    static func append(
        _ bytes: [UInt8], to log: PartitionLog, origin: LogAppendOrigin = client, now: Timestamp = Timestamp(1_000)
    ) throws(LogError) -> LogAppendResult {
        try log.append(bytes.span.bytes, origin: origin, now: now)
    }

    static func sync(_ log: PartitionLog) throws(DiskError) {
        guard let ticket = log.beginSync() else { return }
        try perform(ticket, log)
    }

    /// Syncs, and lets the next opening begin here.
    static func checkpoint(_ log: PartitionLog) throws {
        guard let ticket = try log.beginCheckpoint() else { return try sync(log) }
        try perform(ticket, log)
    }

    private static func perform(_ ticket: LogSyncTicket, _ log: PartitionLog) throws(DiskError) {
        do {
            try ticket.perform()
        } catch {
            log.fail(error)
            throw error
        }
        log.completeSync(ticket)
    }

    /// All records from `start` on, checksums verified: offset and value. Control batches are named by their outcome.
    static func records(_ log: PartitionLog, from start: Offset? = nil, maxBytes: Int = 1 << 20) throws -> [String] {
        var found: [String] = []
        var offset = start ?? log.logStart
        var writer = ByteWriter()
        while offset < log.logEnd {
            writer.removeAll()
            let result = try log.read(from: offset, maxBytes: maxBytes, upTo: log.logEnd, into: &writer)
            guard result.batchCount > 0 else { break }
            var position = result.bytes.lowerBound
            while position < result.bytes.upperBound {
                let header = try RecordBatchHeader(from: writer.bytes, at: position)
                try header.verifyChecksum(of: writer.bytes, at: position)
                found += try values(header, writer.bytes, at: position, from: offset)
                position += header.totalByteCount
            }
            offset = result.nextOffset
        }
        return found
    }

    private static func values(
        _ header: RecordBatchHeader, _ bytes: RawSpan, at position: Int, from start: Offset
    ) throws -> [String] {
        var plain = ByteWriter()
        try header.decompressRecords(of: bytes, at: position, into: &plain)
        var cursor = RecordCursor(header: header, recordsAt: 0)
        var found: [String] = []
        while let slot = try cursor.next(in: plain.bytes) {
            guard slot.offset >= start, let key = slot.key, let value = slot.value else { continue }
            if header.attributes.isControl {
                let control = try ControlRecord(
                    key: plain.bytes.extracting(key), value: plain.bytes.extracting(value))
                found.append("\(slot.offset):\(control.outcome)")
            } else {
                found.append("\(slot.offset):\(plain.bytes.extracting(value).lossyUTF8)")
            }
        }
        return found
    }
}
