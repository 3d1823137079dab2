internal import MillraceCore

/// Names and whole-file access of what lies in a partition's directory. Does I/O on the `Disk` port.
enum SegmentFiles {
    enum Kind: String, CaseIterable {
        case log
        case offsetIndex = "index"
        case timeIndex = "timeindex"
        case transactionIndex = "txnindex"
        /// Producer state before the segment's base offset.
        case snapshot
    }

    /// Behind the names of files that compaction has not finished: opening a log removes them.
    static let cleanedSuffix = ".cleaned"
    private static let swapSuffix = ".swap"

    /// `00000000000000000000-00000000000000000042.swap`: a finished `.log` that replaces all segments from the first
    /// offset up to the second.
    static func swapName(_ base: Offset, _ end: Offset) -> String { digits(base) + "-" + digits(end) + swapSuffix }

    static func parseSwap(_ name: String) -> (base: Offset, end: Offset)? {
        guard name.hasSuffix(swapSuffix), name.utf8.count == 41 + swapSuffix.utf8.count else { return nil }
        let parts = name.dropLast(swapSuffix.utf8.count).split(separator: "-")
        guard parts.count == 2, let base = Int64(parts[0]), let end = Int64(parts[1]), base >= 0, end > base
        else { return nil }
        return (Offset(base), Offset(end))
    }

    private static func digits(_ offset: Offset) -> String {
        let digits = String(offset.rawValue)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
    }

    /// `00000000000000000042.log`: the base offset in 20 digits.
    static func name(_ base: Offset, _ kind: Kind) -> String {
        digits(base) + "." + kind.rawValue
    }

    /// Nil for any other file.
    static func parse(_ name: String) -> (base: Offset, kind: Kind)? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 20, let kind = Kind(rawValue: String(parts[1])),
            let base = Int64(parts[0]), base >= 0
        else { return nil }
        return (Offset(base), kind)
    }

    /// Makes `bytes` the whole contents of a file, which is not synced yet, and returns it.
    static func write(_ bytes: RawSpan, to path: String, on disk: any Disk) throws(DiskError) -> any DiskFile {
        let file = try disk.open(path, create: true)
        try file.write(at: 0, bytes)
        try file.truncate(to: Int64(bytes.byteCount))
        return file
    }

    /// Puts `bytes` at a position of a file, which ends behind them then and is not synced yet, and returns it.
    static func write(
        _ bytes: RawSpan, at position: Int, to path: String, on disk: any Disk
    ) throws(DiskError) -> any DiskFile {
        let file = try disk.open(path, create: true)
        if bytes.byteCount > 0 { try file.write(at: Int64(position), bytes) }
        try file.truncate(to: Int64(position + bytes.byteCount))
        return file
    }

    /// Appends the first `count` bytes of a file to `writer`; false where there are not so many.
    static func read(
        _ path: String, count: Int, on disk: any Disk, into writer: inout ByteWriter
    ) throws(DiskError) -> Bool {
        guard try disk.exists(path) else { return false }
        let file = try disk.open(path, create: false)
        defer { file.close() }
        return try file.read(at: 0, length: count, into: &writer) == count
    }

    /// Appends the whole file to `writer`; false where there is no such file.
    static func read(_ path: String, on disk: any Disk, into writer: inout ByteWriter) throws(DiskError) -> Bool {
        guard try disk.exists(path) else { return false }
        let file = try disk.open(path, create: false)
        defer { file.close() }
        let size = Int(try file.size())
        let count = try file.read(at: 0, length: size, into: &writer)
        return count == size
    }

    static func removeIfThere(_ path: String, on disk: any Disk) throws(DiskError) {
        if try disk.exists(path) { try disk.removeFile(path) }
    }
}
