internal import MillraceCore

/// One pass of compaction over the closed segments of a log. `PartitionLog.beginCompaction` makes it under the log's
/// guard; `prepare` and `cleanNext` read and write without the guard, on one thread, and touch nothing that the log
/// uses; what `cleanNext` returns is handed to `PartitionLog.install` under the guard. Does I/O.
///
///     try plan.prepare()
///     while let group = try plan.cleanNext() { guard try log.install(group) else { return } }
///     log.completeCompaction(plan)
package final class CompactionPlan {
    /// Keys that one pass holds in memory (24 to 48 bytes each). What does not fit is left for the next pass.
    package static let keysPerPass = 2 << 20
    private static let writeBytes = 1 << 20

    /// A closed segment. Nothing of it but its identity is shared with the log.
    struct Source {
        let segment: LogSegment
        let base: Offset
        let end: Offset
        let size: Int
        let file: any DiskFile
    }

    let directory: String
    let disk: any Disk
    let configuration: LogConfiguration
    let sources: [Source]
    let firstDirty: Offset
    let keyLimit: Int
    var rules: CompactionRules
    private var compactor = BatchCompactor()
    private var nextSource = 0

    /// Whether keys were left over for another pass.
    package private(set) var isPartial = false
    /// Before it, everything is clean once the pass is complete.
    var end: Offset { rules.end }

    init(
        sources: [Source], firstDirty: Offset, keyLimit: Int, rules: CompactionRules, log: PartitionLog
    ) {
        self.sources = sources
        self.firstDirty = firstDirty
        self.keyLimit = keyLimit
        self.rules = rules
        directory = log.directory
        disk = log.disk
        configuration = log.configuration
    }

    // MARK: Reading

    /// Reads the dirty part and notes the last offset of every key.
    package func prepare() throws(LogError) {
        for source in sources where source.end > firstDirty && !isPartial {
            var scanner = BatchScanner(source.file, from: 0, to: source.size)
            do {
                while let header = try scanner.next(verifyChecksum: true) {
                    if header.baseOffset < firstDirty { continue }
                    if rules.offsets.count >= keyLimit {
                        isPartial = true
                        rules.end = header.baseOffset
                        break
                    }
                    try rules.note(header, scanner.batch)
                }
            } catch {
                throw CompactionPlan.describe(error, source, at: scanner.batchPosition)
            }
            if !isPartial { rules.end = source.end }
        }
    }

    private static func describe(_ error: any Error, _ source: Source, at position: Int) -> LogError {
        switch error {
        case let error as LogError: error
        case let error as DiskError: .disk(error)
        case let error as ScanError: error.logError(path: source.file.path)
        case let error as RecordError: .corruptLog(path: source.file.path, position: Int64(position), error)
        default: .invalidBatch("\(error)")
        }
    }

    // MARK: Writing

    /// Writes the next group of segments anew, as one, under names that recovery removes, and syncs them. Groups that
    /// would be what they were are passed over. Nil when the pass is through.
    package func cleanNext() throws(LogError) -> CleanedSegments? {
        while let group = nextGroup() {
            do throws(LogError) {
                if let cleaned = try clean(group) { return cleaned }
            } catch {
                try? CleanedSegments.discard(base: group[0].base, in: directory, on: disk)
                throw error
            }
            do {
                try CleanedSegments.discard(base: group[0].base, in: directory, on: disk)
            } catch {
                throw .disk(error)
            }
        }
        return nil
    }

    /// As many segments as fit into one.
    private func nextGroup() -> [Source]? {
        guard nextSource < sources.count, sources[nextSource].base < rules.end else { return nil }
        let first = sources[nextSource]
        var group = [first]
        var size = first.size
        nextSource += 1
        while nextSource < sources.count, sources[nextSource].base < rules.end {
            let source = sources[nextSource]
            size += source.size
            guard size <= configuration.segmentBytes, source.end.distance(from: first.base) <= Int64(Int32.max)
            else { break }
            group.append(source)
            nextSource += 1
        }
        return group
    }

    private func clean(_ group: [Source]) throws(LogError) -> CleanedSegments? {
        let path = directory + "/" + SegmentFiles.name(group[0].base, .log) + SegmentFiles.cleanedSuffix
        let file: any DiskFile
        do {
            file = try disk.open(path, create: true)
            try file.truncate(to: 0)
        } catch {
            throw .disk(error)
        }
        let segment = LogSegment(base: group[0].base, directory: directory, file: file)
        var isSame = group.count == 1
        for source in group {
            if try !copy(source, to: segment) { isSame = false }
        }
        if isSame { return nil }
        for source in group {
            // Aborted data before the end is gone; so nobody has to be told of it.
            for aborted in source.segment.transactionIndex.entries where aborted.lastOffset >= rules.end {
                segment.noteAborted(aborted)
            }
        }
        do {
            try file.sync()
            for index in try segment.writeIndexes(on: disk, suffix: SegmentFiles.cleanedSuffix) {
                try index.sync()
                index.close()
            }
        } catch {
            throw .disk(error)
        }
        return CleanedSegments(sources: group, segment: segment, directory: directory, disk: disk)
    }

    /// Appends what is left of `source`; false if something is gone or changed.
    private func copy(_ source: Source, to segment: LogSegment) throws(LogError) -> Bool {
        var isSame = true
        var output = ByteWriter(capacity: min(CompactionPlan.writeBytes, max(1, source.size)))
        var written = segment.size
        var scanner = BatchScanner(source.file, from: 0, to: source.size)
        do {
            while let header = try scanner.next(verifyChecksum: true) {
                let start = output.count
                if try !compactor.compact(header, scanner.batch, rules, into: &output) { isSame = false }
                if output.count > start {
                    segment.note(
                        try RecordBatchHeader(from: output.bytes, at: start),
                        indexInterval: configuration.indexIntervalBytes)
                }
                if output.count >= CompactionPlan.writeBytes {
                    try segment.file.write(at: Int64(written), output.bytes)
                    written += output.count
                    output.removeAll()
                }
            }
            if output.count > 0 { try segment.file.write(at: Int64(written), output.bytes) }
        } catch {
            throw CompactionPlan.describe(error, source, at: scanner.batchPosition)
        }
        guard segment.size <= Int(Int32.max) else {
            throw .invalidBatch("a compacted segment of \(segment.size) bytes has no room for its index")
        }
        return isSame
    }
}

/// Segments that have been written anew as one, not yet in their place. Handed from a plan to its log.
package struct CleanedSegments {
    let sources: [CompactionPlan.Source]
    let segment: LogSegment
    let directory: String
    let disk: any Disk

    var base: Offset { sources[0].base }
    var end: Offset { sources[sources.count - 1].end }

    /// Removes what was written.
    static func discard(base: Offset, in directory: String, on disk: any Disk) throws(DiskError) {
        for kind in SegmentFiles.Kind.allCases {
            try SegmentFiles.removeIfThere(
                directory + "/" + SegmentFiles.name(base, kind) + SegmentFiles.cleanedSuffix, on: disk)
        }
    }
}
