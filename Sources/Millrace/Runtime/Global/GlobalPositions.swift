internal import MillraceCore

/// Up to where a global table's store on disk holds its topic: a text file beside the store, written after each flush
/// of it. A position may be older than what the store holds, never newer; reading records of a table again, to the end,
/// changes nothing. Does I/O; called by the global thread.
///
///     millrace 1
///     caught-up <when the table last held all of its topic, in milliseconds>
///     <partition> <offset of the next record>
///     …
///
/// It is written under another name, synced and renamed, so that a crash leaves the old or the new one.
struct GlobalPositions {
    private static let version = "millrace 1"
    private static let bytesMaximum = 1 << 20
    private static let caughtUp = "caught-up"
    let path: String

    /// How far a table is.
    struct Reached: Hashable {
        /// The offset of each partition's next record.
        var positions: [Int32: Offset]
        /// What compaction removes from the topic later than that, the table may never learn of; nil where that is not
        /// known, as in files of earlier versions.
        var caughtUp: Timestamp?
    }

    func write(_ reached: Reached, on disk: any Disk) throws(DiskError) {
        var writer = ByteWriter()
        writer.append(utf8: GlobalPositions.version + "\n")
        if let time = reached.caughtUp {
            writer.append(utf8: "\(GlobalPositions.caughtUp) \(time.millisecondsSinceEpoch)\n")
        }
        for (partition, offset) in reached.positions.sorted(by: { $0.key < $1.key }) {
            writer.append(utf8: "\(partition) \(offset.rawValue)\n")
        }
        let file = try disk.open(path + ".new", create: true)
        defer { file.close() }
        try file.truncate(to: 0)
        try file.write(at: 0, writer.bytes)
        try file.sync()
        try disk.rename(path + ".new", to: path)
        try disk.syncDirectory(directory)
    }

    /// Nil where there is none, or none that can be read: the table is to be loaded from the beginning.
    func read(from disk: any Disk) throws(DiskError) -> Reached? {
        guard try disk.exists(path) else { return nil }
        let file = try disk.open(path, create: false)
        defer { file.close() }
        var content = ByteWriter()
        _ = try file.read(at: 0, length: GlobalPositions.bytesMaximum, into: &content)
        let lines = content.bytes.lossyUTF8.split(separator: "\n")
        guard lines.first.map(String.init) == GlobalPositions.version else { return nil }
        var reached = Reached(positions: [:])
        for line in lines.dropFirst() {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let number = Int64(parts[1]), number >= 0 else { return nil }
            if parts[0] == GlobalPositions.caughtUp {
                reached.caughtUp = Timestamp(number)
            } else if let partition = Int32(parts[0]) {
                reached.positions[partition] = Offset(number)
            } else {
                return nil
            }
        }
        return reached
    }

    func remove(from disk: any Disk) throws(DiskError) {
        guard try disk.exists(path) else { return }
        try disk.removeFile(path)
        // Else a power cut could bring it back beside a store that is being made anew.
        try disk.syncDirectory(directory)
    }

    private var directory: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "." }
}
