internal import MillraceCore

/// One `.log` file and what is known about it. Does I/O on the `Disk` port; owned by its log, under the same guard.
final class LogSegment {
    let base: Offset
    let directory: String
    var file: any DiskFile
    /// Bytes of whole, accepted batches; what the file holds beyond them does not count.
    var size: Int
    /// Largest timestamp of its batches, nil while it is empty.
    private(set) var maxTimestamp: Timestamp?
    private var offsetOfMaxTimestamp: Offset
    /// Of the first batch: where `segment.ms` counts from.
    private(set) var firstTimestamp: Timestamp?
    /// Nil until it is needed, for segments that were closed when the log was opened.
    private var offsetIndex: OffsetIndex?
    private var timeIndex: TimeIndex?
    private(set) var transactionIndex = TransactionIndex()
    private var bytesSinceIndexEntry = 0
    /// Entries of each index that its file holds, synced or not.
    private var written = WrittenEntries()

    private struct WrittenEntries {
        var offset = 0
        var time = 0
        var transaction = 0
    }

    /// A segment without batches. `file` may hold some, to be taken in with `note`.
    init(base: Offset, directory: String, file: any DiskFile) {
        self.base = base
        self.directory = directory
        self.file = file
        size = 0
        offsetOfMaxTimestamp = base
        offsetIndex = OffsetIndex()
        timeIndex = TimeIndex()
    }

    /// Bytes of the larger of its two indexes.
    var indexByteCount: Int {
        max(
            (offsetIndex?.entries.count ?? 0) * OffsetIndex.entryByteCount,
            (timeIndex?.entries.count ?? 0) * TimeIndex.entryByteCount)
    }

    func path(_ kind: SegmentFiles.Kind) -> String { directory + "/" + SegmentFiles.name(base, kind) }

    func relative(_ offset: Offset) -> Int32 { Int32(clamping: offset.distance(from: base)) }

    /// Takes in a batch that lies at the end of the segment.
    func note(_ header: RecordBatchHeader, indexInterval: Int) {
        // A batch that compaction has emptied stands for no record's time, unless there is nothing else.
        if header.maxTimestamp > maxTimestamp ?? Timestamp(.min), header.recordCount > 0 || maxTimestamp == nil {
            maxTimestamp = header.maxTimestamp
            offsetOfMaxTimestamp = header.lastOffset
        }
        if firstTimestamp == nil { firstTimestamp = header.maxTimestamp }
        if bytesSinceIndexEntry > indexInterval {
            offsetIndex?.append(relativeOffset: relative(header.lastOffset), position: Int32(clamping: size))
            noteTime()
            bytesSinceIndexEntry = 0
        }
        bytesSinceIndexEntry += header.totalByteCount
        size += header.totalByteCount
    }

    func noteAborted(_ aborted: AbortedTransaction) { transactionIndex.append(aborted) }

    private func noteTime() {
        guard let maxTimestamp else { return }
        timeIndex?.append(timestamp: maxTimestamp, relativeOffset: relative(offsetOfMaxTimestamp))
    }

    // MARK: Finding

    /// A position at or before the batch that holds `offset`.
    func position(before offset: Offset, on disk: any Disk) throws(LogError) -> Int {
        try loadIndexes(on: disk)
        return offsetIndex?.position(of: offset.distance(from: base)) ?? 0
    }

    /// A position at or before the first batch with a record at or after `time`.
    func position(before time: Timestamp, on disk: any Disk) throws(LogError) -> Int {
        try loadIndexes(on: disk)
        guard let relative = timeIndex?.relativeOffset(before: time) else { return 0 }
        return offsetIndex?.position(of: Int64(relative)) ?? 0
    }

    /// The last beginning of a batch at or before `position` that the index knows.
    func batchStart(atOrBefore position: Int, on disk: any Disk) throws(LogError) -> Int? {
        try loadIndexes(on: disk)
        return offsetIndex?.batchStart(atOrBefore: position)
    }

    // MARK: Files

    /// Writes what the three index files lack, unsynced, and returns them. The indexes stay in memory. What has been
    /// written is never written again: a crash cannot tear what a sync has made durable.
    func writeIndexes(on disk: any Disk, suffix: String = "") throws(DiskError) -> [any DiskFile] {
        noteTime()
        var files: [any DiskFile] = []
        var writer = ByteWriter(capacity: 4096)
        offsetIndex?.encode(from: written.offset, into: &writer)
        files.append(
            try SegmentFiles.write(
                writer.bytes, at: written.offset * OffsetIndex.entryByteCount, to: path(.offsetIndex) + suffix, on: disk
            ))
        writer.removeAll()
        timeIndex?.encode(from: written.time, into: &writer)
        files.append(
            try SegmentFiles.write(
                writer.bytes, at: written.time * TimeIndex.entryByteCount, to: path(.timeIndex) + suffix, on: disk))
        writer.removeAll()
        transactionIndex.encode(from: written.transaction, into: &writer)
        files.append(
            try SegmentFiles.write(
                writer.bytes, at: written.transaction * TransactionIndex.entryByteCount,
                to: path(.transactionIndex) + suffix, on: disk))
        written = WrittenEntries(
            offset: offsetIndex?.entries.count ?? 0, time: timeIndex?.entries.count ?? 0,
            transaction: transactionIndex.entries.count)
        return files
    }

    // MARK: Checkpoints

    /// What opening the log needs to go on behind what is written now, once that is synced; nil for an empty segment.
    func checkpoint(end: Offset) -> ActiveCheckpoint? {
        guard size > 0, let maxTimestamp, let firstTimestamp else { return nil }
        return ActiveCheckpoint(
            base: base, end: end, position: size, offsetEntries: written.offset, timeEntries: written.time,
            transactionEntries: written.transaction, maxTimestamp: maxTimestamp,
            offsetOfMaxTimestamp: offsetOfMaxTimestamp, firstTimestamp: firstTimestamp)
    }

    /// Takes the segment as a checkpoint describes it, without reading the log. False where what it tells of is not
    /// there; the segment is then still empty.
    func adopt(_ checkpoint: ActiveCheckpoint, fileSize: Int, on disk: any Disk) throws(DiskError) -> Bool {
        guard fileSize >= checkpoint.position else { return false }
        var bytes = ByteWriter(capacity: 4096)
        guard
            try SegmentFiles.read(
                path(.offsetIndex), count: checkpoint.offsetEntries * OffsetIndex.entryByteCount, on: disk, into: &bytes
            ),
            let offsets = OffsetIndex(bytes.bytes, logSize: checkpoint.position)
        else { return false }
        bytes.removeAll()
        guard
            try SegmentFiles.read(
                path(.timeIndex), count: checkpoint.timeEntries * TimeIndex.entryByteCount, on: disk, into: &bytes),
            let times = TimeIndex(bytes.bytes)
        else { return false }
        bytes.removeAll()
        guard
            try SegmentFiles.read(
                path(.transactionIndex), count: checkpoint.transactionEntries * TransactionIndex.entryByteCount,
                on: disk,
                into: &bytes), let transactions = TransactionIndex(bytes.bytes)
        else { return false }
        offsetIndex = offsets
        timeIndex = times
        transactionIndex = transactions
        written = WrittenEntries(
            offset: checkpoint.offsetEntries, time: checkpoint.timeEntries,
            transaction: checkpoint.transactionEntries)
        size = checkpoint.position
        maxTimestamp = checkpoint.maxTimestamp
        offsetOfMaxTimestamp = checkpoint.offsetOfMaxTimestamp
        firstTimestamp = checkpoint.firstTimestamp
        return true
    }

    /// Takes a closed segment as its index files describe it, without reading the log. False where one of them is
    /// lacking or damaged; the segment is then still empty.
    func adoptIndexes(fileSize: Int, on disk: any Disk) throws(DiskError) -> Bool {
        guard try adoptTransactions(on: disk) else { return false }
        // Compaction may leave nothing of a segment.
        if fileSize == 0 { return true }
        guard let ends = try TimeIndex.ends(of: path(.timeIndex), on: disk), try disk.exists(path(.offsetIndex)) else {
            transactionIndex = TransactionIndex()
            return false
        }
        maxTimestamp = ends.last.timestamp
        offsetOfMaxTimestamp = base.advanced(by: Int64(ends.last.relativeOffset))
        firstTimestamp = ends.first.timestamp
        size = fileSize
        offsetIndex = nil
        timeIndex = nil
        return true
    }

    /// Takes the transaction index alone from its file; false where it is lacking or damaged.
    func adoptTransactions(on disk: any Disk) throws(DiskError) -> Bool {
        var writer = ByteWriter(capacity: 1024)
        guard try SegmentFiles.read(path(.transactionIndex), on: disk, into: &writer),
            let transactions = TransactionIndex(writer.bytes)
        else { return false }
        transactionIndex = transactions
        return true
    }

    /// Makes the indexes anew from the log. Transactions are not touched: they need the producers' state.
    func rebuildIndexes(indexInterval: Int) throws(LogError) {
        let end = size
        startOver()
        var scanner = BatchScanner(file, from: 0, to: end)
        do {
            while let header = try scanner.next(verifyChecksum: false) { note(header, indexInterval: indexInterval) }
        } catch {
            throw error.logError(path: file.path)
        }
    }

    /// Back to an empty segment, indexes included.
    func startOver() {
        size = 0
        maxTimestamp = nil
        firstTimestamp = nil
        offsetOfMaxTimestamp = base
        offsetIndex = OffsetIndex()
        timeIndex = TimeIndex()
        bytesSinceIndexEntry = 0
        written.offset = 0
        written.time = 0
    }

    /// To be followed by a replay that notes them again.
    func forgetTransactions() {
        transactionIndex = TransactionIndex()
        written.transaction = 0
    }

    /// Writes everything from the batch that holds `offset` on (or one before it) again, in place.
    func rewrite(from offset: Offset) throws(DiskError) {
        var position = offset <= base ? 0 : offsetIndex?.position(of: offset.distance(from: base)) ?? 0
        var piece = ByteWriter(capacity: min(256 << 10, max(1, size - position)))
        while position < size {
            piece.removeAll()
            let count = try file.read(at: Int64(position), length: min(256 << 10, size - position), into: &piece)
            guard count > 0 else { throw DiskError(.inputOutput, path: file.path, operation: "rewrite") }
            try file.write(at: Int64(position), piece.bytes)
            position += count
        }
    }

    private func loadIndexes(on disk: any Disk) throws(LogError) {
        guard offsetIndex == nil || timeIndex == nil else { return }
        do throws(DiskError) {
            var writer = ByteWriter(capacity: 4096)
            _ = try SegmentFiles.read(path(.offsetIndex), on: disk, into: &writer)
            offsetIndex = OffsetIndex(writer.bytes, logSize: size)
            writer.removeAll()
            _ = try SegmentFiles.read(path(.timeIndex), on: disk, into: &writer)
            timeIndex = TimeIndex(writer.bytes)
        } catch {
            throw .disk(error)
        }
        if offsetIndex == nil || timeIndex == nil { try rebuildIndexes(indexInterval: 4096) }
    }

    func removeIndexes(on disk: any Disk) throws(DiskError) {
        for kind in [.offsetIndex, .timeIndex, .transactionIndex] as [SegmentFiles.Kind] {
            try SegmentFiles.removeIfThere(path(kind), on: disk)
        }
    }

    func removeFiles(on disk: any Disk) throws(DiskError) {
        for kind in SegmentFiles.Kind.allCases { try SegmentFiles.removeIfThere(path(kind), on: disk) }
    }
}
