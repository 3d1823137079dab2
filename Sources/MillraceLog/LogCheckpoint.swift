internal import MillraceCore

/// What a log knows about itself beyond its segments: one small file, `log.checkpoint`, in the partition's directory.
/// (Kafka keeps the two numbers in files of the data directory, one line a partition; a file per partition needs no
/// coordination between partitions.) Does I/O on the `Disk` port; called where its log is.
///
///     at  0  4  version, 1
///         4  4  CRC-32C of all from 8 on
///         8  8  log start offset: nothing before it is shown
///        16  8  recovery point: everything before it was synced, data and indexes
///
/// It is written under another name, synced and renamed, so that a crash leaves the old or the new one. A missing or
/// damaged one costs time, not data: everything is scanned, and records deleted with `deleteRecords` may come back.
struct LogCheckpoint: Hashable, Sendable {
    static let fileName = "log.checkpoint"
    static let byteCount = 24

    var logStart: Offset
    var recoveryPoint: Offset

    func write(to directory: String, on disk: any Disk) throws(DiskError) {
        var writer = ByteWriter(capacity: LogCheckpoint.byteCount)
        writer.append(Int32(1))
        writer.append(Int32(0))
        writer.append(logStart.rawValue)
        writer.append(recoveryPoint.rawValue)
        let checksum = CRC32C.checksum(writer.bytes.extracting(8..<LogCheckpoint.byteCount))
        writer.overwrite(at: 4, checksum)
        let path = directory + "/" + LogCheckpoint.fileName
        let file = try disk.open(path + ".new", create: true)
        try file.write(at: 0, writer.bytes)
        try file.truncate(to: Int64(LogCheckpoint.byteCount))
        try file.sync()
        file.close()
        try disk.rename(path + ".new", to: path)
        try disk.syncDirectory(directory)
    }

    /// Nil where there is none that can be trusted.
    static func read(from directory: String, on disk: any Disk) throws(DiskError) -> LogCheckpoint? {
        let path = directory + "/" + LogCheckpoint.fileName
        guard try disk.exists(path) else { return nil }
        let file = try disk.open(path, create: false)
        defer { file.close() }
        var writer = ByteWriter(capacity: LogCheckpoint.byteCount)
        guard try file.read(at: 0, length: LogCheckpoint.byteCount, into: &writer) == LogCheckpoint.byteCount else {
            return nil
        }
        let bytes = writer.bytes
        var reader = ByteReader()
        guard let version = try? reader.read(Int32.self, from: bytes), version == 1,
            let checksum = try? reader.read(UInt32.self, from: bytes),
            checksum == CRC32C.checksum(bytes.extracting(8..<LogCheckpoint.byteCount)),
            let start = try? reader.read(Int64.self, from: bytes), start >= 0,
            let point = try? reader.read(Int64.self, from: bytes), point >= 0
        else { return nil }
        return LogCheckpoint(logStart: Offset(start), recoveryPoint: Offset(point))
    }
}
