internal import MillraceCore

/// What a log knows about itself beyond its segments: one small file, `log.checkpoint`, in the partition's directory.
/// (Kafka keeps the first two numbers in files of the data directory, one line a partition; a file per partition needs
/// no coordination between partitions.) Does I/O on the `Disk` port; called where its log is.
///
///     at  0  4  version, 2                       the active segment, base -1 where there is no such checkpoint:
///         4  4  CRC-32C of all from 8 on         at 24  8  base offset        48  4  entries of its offset index
///         8  8  log start offset: nothing           32  8  end offset         52  4  … of its time index
///               before it is shown                  40  8  bytes up to there  56  4  … of its transaction index
///        16  8  recovery point: everything          60  8  largest timestamp  68  8  … and the offset for it
///               before it was synced, data          76  8  first timestamp
///               and indexes
///
/// Version 1, which is read too, ends after the recovery point. The file is written under another name, synced and
/// renamed, so that a crash leaves the old or the new one. A missing or damaged one costs time, not data: everything is
/// scanned, and records deleted with `deleteRecords` may come back.
struct LogCheckpoint: Hashable, Sendable {
    static let fileName = "log.checkpoint"
    private static let firstVersionByteCount = 24
    static let byteCount = 84

    var logStart: Offset
    /// The base of a segment, or the end of a log without any.
    var recoveryPoint: Offset
    var active: ActiveCheckpoint?

    func write(to directory: String, on disk: any Disk) throws(DiskError) {
        var writer = ByteWriter(capacity: LogCheckpoint.byteCount)
        writer.append(Int32(2))
        writer.append(Int32(0))
        writer.append(logStart.rawValue)
        writer.append(recoveryPoint.rawValue)
        writer.append(active?.base.rawValue ?? -1)
        writer.append(active?.end.rawValue ?? 0)
        writer.append(Int64(active?.position ?? 0))
        writer.append(Int32(active?.offsetEntries ?? 0))
        writer.append(Int32(active?.timeEntries ?? 0))
        writer.append(Int32(active?.transactionEntries ?? 0))
        writer.append(active?.maxTimestamp.millisecondsSinceEpoch ?? 0)
        writer.append(active?.offsetOfMaxTimestamp.rawValue ?? 0)
        writer.append(active?.firstTimestamp.millisecondsSinceEpoch ?? 0)
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
        _ = try file.read(at: 0, length: LogCheckpoint.byteCount, into: &writer)
        return try? decode(writer.bytes)
    }

    private static func decode(_ bytes: RawSpan) throws(ByteError) -> LogCheckpoint? {
        var reader = ByteReader()
        let version = try reader.read(Int32.self, from: bytes)
        let size = version == 1 ? firstVersionByteCount : byteCount
        let checksum = try reader.read(UInt32.self, from: bytes)
        guard version == 1 || version == 2, bytes.byteCount >= size,
            checksum == CRC32C.checksum(bytes.extracting(8..<size))
        else { return nil }
        let start = try reader.read(Int64.self, from: bytes)
        let point = try reader.read(Int64.self, from: bytes)
        guard start >= 0, point >= 0 else { return nil }
        var checkpoint = LogCheckpoint(logStart: Offset(start), recoveryPoint: Offset(point))
        if version > 1 { checkpoint.active = try ActiveCheckpoint(bytes, &reader) }
        return checkpoint
    }
}

/// How far an active segment was durable, with its indexes and a snapshot of the producers: opening the log goes on
/// from there. Pure.
struct ActiveCheckpoint: Hashable, Sendable {
    var base: Offset
    /// Everything before it was synced.
    var end: Offset
    /// Where in the `.log` file `end` lies.
    var position: Int
    // So many entries of the index files were synced; what lies behind them may be anything.
    var offsetEntries: Int
    var timeEntries: Int
    var transactionEntries: Int
    var maxTimestamp: Timestamp
    var offsetOfMaxTimestamp: Offset
    var firstTimestamp: Timestamp
}

extension ActiveCheckpoint {
    /// Nil where there is none, or none that makes sense.
    fileprivate init?(_ bytes: RawSpan, _ reader: inout ByteReader) throws(ByteError) {
        let base = try reader.read(Int64.self, from: bytes)
        let end = try reader.read(Int64.self, from: bytes)
        let position = try reader.read(Int64.self, from: bytes)
        let offsets = Int(try reader.read(Int32.self, from: bytes))
        let times = Int(try reader.read(Int32.self, from: bytes))
        let transactions = Int(try reader.read(Int32.self, from: bytes))
        let latest = try reader.read(Int64.self, from: bytes)
        let latestOffset = try reader.read(Int64.self, from: bytes)
        let first = try reader.read(Int64.self, from: bytes)
        guard base >= 0, end > base, position > 0, min(offsets, times, transactions) >= 0, latestOffset >= 0 else {
            return nil
        }
        self.init(
            base: Offset(base), end: Offset(end), position: Int(position), offsetEntries: offsets, timeEntries: times,
            transactionEntries: transactions, maxTimestamp: Timestamp(latest),
            offsetOfMaxTimestamp: Offset(latestOffset), firstTimestamp: Timestamp(first))
    }
}
