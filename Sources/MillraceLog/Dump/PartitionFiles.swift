package import MillraceCore

/// Looks into the files of a partition's directory as they lie there, damage included, without opening the log or
/// changing anything: for `millrace log dump`. Does I/O on the `Disk` port; called by one thread. It reads Apache
/// Kafka's files as well; its indexes may end in zeros, since it makes room for entries ahead.
package struct PartitionFiles {
    /// A file of a segment.
    package struct File: Hashable, Sendable {
        package var kind: Kind
        package var baseOffset: Offset
        package var path: String
    }
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case log
        case offsetIndex = "index"
        case timeIndex = "timeindex"
        case transactionIndex = "txnindex"
        case snapshot
    }
    /// A batch, or the place where no sound one can be read.
    package struct Batch {
        package var position: Int
        package var header: RecordBatchHeader
        /// What its checksum says.
        package var damage: RecordError?
    }

    private let disk: any Disk

    package init(disk: any Disk) { self.disk = disk }

    /// The files of a directory, or the one file itself, by base offset.
    package func list(_ path: String) throws(DiskError) -> [File] {
        if let file = PartitionFiles.parse(path) { return [file] }
        return try disk.list(path).compactMap { PartitionFiles.parse(path + "/" + $0) }
            .sorted { ($0.baseOffset, $0.kind.rawValue) < ($1.baseOffset, $1.kind.rawValue) }
    }

    /// The file that `path` names; nil where the name is not one of a segment's.
    package static func parse(_ path: String) -> File? {
        guard let name = path.split(separator: "/").last, let parsed = SegmentFiles.parse(String(name)),
            let kind = Kind(rawValue: parsed.kind.rawValue)
        else { return nil }
        return File(kind: kind, baseOffset: parsed.base, path: path)
    }

    /// Calls `body` with each batch of a `.log` file and its bytes.
    ///
    /// - Throws: `LogError.corruptLog` where no batch can be read, or what `body` throws.
    package func forEachBatch(of path: String, _ body: (Batch, RawSpan) throws -> Void) throws {
        do {
            let file = try disk.open(path, create: false)
            defer { file.close() }
            var scanner = BatchScanner(file, from: 0, to: Int(try file.size()))
            while let header = try scanner.next(verifyChecksum: false) {
                var batch = Batch(position: scanner.batchPosition, header: header)
                do { try header.verifyChecksum(of: scanner.batch) } catch { batch.damage = error }
                try body(batch, scanner.batch)
            }
        } catch let error as ScanError {
            throw error.logError(path: path)
        }
    }

    /// Offsets and the positions of their batches.
    package func offsetIndex(_ file: File) throws(DiskError) -> [(offset: Int64, position: Int32)] {
        try entries(file) { reader, bytes in
            let relative: Int32 = try reader.read(from: bytes)
            return (file.baseOffset.rawValue + Int64(relative), try reader.read(from: bytes))
        }.trimmingZeros { $0.offset == file.baseOffset.rawValue && $0.position == 0 }
    }

    /// Timestamps and the offsets that have come by then.
    package func timeIndex(_ file: File) throws(DiskError) -> [(timestamp: Timestamp, offset: Int64)] {
        try entries(file) { reader, bytes in
            let time: Int64 = try reader.read(from: bytes)
            let relative: Int32 = try reader.read(from: bytes)
            return (Timestamp(time), file.baseOffset.rawValue + Int64(relative))
        }.trimmingZeros { $0.timestamp == .epoch && $0.offset == file.baseOffset.rawValue }
    }

    /// The aborted transactions whose markers lie in the segment; nil where the file is damaged.
    package func transactionIndex(_ file: File) throws(DiskError) -> [AbortedTransaction]? {
        var writer = ByteWriter()
        _ = try SegmentFiles.read(file.path, on: disk, into: &writer)
        return TransactionIndex(writer.bytes)?.entries
    }

    /// One producer of a snapshot.
    package struct Producer: Hashable, Sendable {
        package var identity: ProducerIdentity
        package var lastSequence: Int32?
        package var lastOffset: Int64?
        package var lastSeen: Timestamp
        package var coordinatorEpoch: Int32
        package var transactionStart: Offset?
    }

    /// What a snapshot tells of producers, by id; nil where it is damaged.
    package func snapshot(_ file: File) throws(DiskError) -> [Producer]? {
        var writer = ByteWriter()
        _ = try SegmentFiles.read(file.path, on: disk, into: &writer)
        guard let table = ProducerSnapshot.decode(writer.bytes) else { return nil }
        return table.entries.sorted { $0.key < $1.key }.map { id, entry in
            Producer(
                identity: ProducerIdentity(id: id, epoch: entry.epoch), lastSequence: entry.last?.lastSequence,
                lastOffset: entry.last?.lastOffset, lastSeen: entry.lastSeen,
                coordinatorEpoch: entry.coordinatorEpoch, transactionStart: entry.transactionStart)
        }
    }

    /// Whole entries; a torn one at the end is left out.
    private func entries<Entry>(
        _ file: File, _ read: (inout ByteReader, RawSpan) throws -> Entry
    ) throws(DiskError) -> [Entry] {
        var writer = ByteWriter()
        _ = try SegmentFiles.read(file.path, on: disk, into: &writer)
        var reader = ByteReader()
        var entries: [Entry] = []
        while reader.position < writer.count, let entry = try? read(&reader, writer.bytes) { entries.append(entry) }
        return entries
    }
}

extension Array {
    /// Without the entries at the end that were only made room for.
    fileprivate func trimmingZeros(_ isZero: (Element) -> Bool) -> [Element] {
        var end = count
        while end > 0, isZero(self[end - 1]) { end -= 1 }
        return Array(self[..<end])
    }
}
