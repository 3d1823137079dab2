internal import MillraceCore

/// How far a log has been compacted: one small file, `cleaner.checkpoint`, in the partition's directory. (Kafka keeps
/// the first number in `cleaner-offset-checkpoint`, one for all partitions.) Does I/O; called where its log is.
///
///     at  0  4  version, 1
///         4  4  CRC-32C of all from 8 on
///         8  8  first dirty offset: before it every key was compacted with every earlier record of it
///        16  8  compacted end: before it offsets may be lacking
///
/// A missing or damaged one costs a longer pass. The compacted end is durable before the first offset goes, so that
/// recovery can tell a gap that compaction left from one that a crash left.
struct CleanerCheckpoint: Hashable, Sendable {
    static let fileName = "cleaner.checkpoint"
    static let byteCount = 24

    var firstDirty = Offset.zero
    var compactedEnd = Offset.zero

    func write(to directory: String, on disk: any Disk) throws(DiskError) {
        var writer = ByteWriter(capacity: CleanerCheckpoint.byteCount)
        writer.append(Int32(1))
        writer.append(Int32(0))
        writer.append(firstDirty.rawValue)
        writer.append(compactedEnd.rawValue)
        let checksum = CRC32C.checksum(writer.bytes.extracting(8..<CleanerCheckpoint.byteCount))
        writer.overwrite(at: 4, checksum)
        let path = directory + "/" + CleanerCheckpoint.fileName
        let file = try SegmentFiles.write(writer.bytes, to: path + ".new", on: disk)
        try file.sync()
        file.close()
        try disk.rename(path + ".new", to: path)
        try disk.syncDirectory(directory)
    }

    /// Nil where there is none that can be trusted.
    static func read(from directory: String, on disk: any Disk) throws(DiskError) -> CleanerCheckpoint? {
        var writer = ByteWriter(capacity: CleanerCheckpoint.byteCount)
        guard try SegmentFiles.read(directory + "/" + CleanerCheckpoint.fileName, on: disk, into: &writer),
            writer.count == CleanerCheckpoint.byteCount
        else { return nil }
        let bytes = writer.bytes
        var reader = ByteReader()
        guard let version = try? reader.read(Int32.self, from: bytes), version == 1,
            let checksum = try? reader.read(UInt32.self, from: bytes),
            checksum == CRC32C.checksum(bytes.extracting(8..<CleanerCheckpoint.byteCount)),
            let dirty = try? reader.read(Int64.self, from: bytes), dirty >= 0,
            let end = try? reader.read(Int64.self, from: bytes), end >= 0
        else { return nil }
        return CleanerCheckpoint(firstDirty: Offset(dirty), compactedEnd: Offset(end))
    }
}
