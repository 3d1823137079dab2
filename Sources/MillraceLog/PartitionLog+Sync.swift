internal import MillraceCore

extension PartitionLog {
    /// Names what has to be synced for everything before the log end to be durable; nil if that is so already, or if
    /// the log has failed.
    package func beginSync() -> LogSyncTicket? {
        guard failure == nil, syncedEnd < logEnd || !unsynced.isEmpty else { return nil }
        return LogSyncTicket(
            partition: partition, end: logEnd, stableEnd: lastStableOffset,
            files: unsynced.files + [active.file], mark: unsynced.mark,
            directory: unsynced.hasNameChanges ? directory : nil, activeBase: active.base, disk: disk)
    }

    /// Takes note of a ticket whose `perform` has returned. Tickets may overlap and come back in any order.
    package func completeSync(_ ticket: LogSyncTicket) {
        guard failure == nil else { return }
        syncedEnd = max(syncedEnd, ticket.end)
        durableStableEnd = max(durableStableEnd, ticket.stableEnd)
        unsynced.complete(ticket.mark)
        guard ticket.activeBase > recoveryPoint || ticket.checkpoint != nil else { return }
        // Only saves time when the log is opened after a crash: the older one stays right if this fails.
        let old = activeCheckpoint
        let isNewer = ticket.checkpoint.map { $0.end > old?.end ?? .zero } ?? false
        let checkpoint = checkpoint(
            recoveryPoint: max(recoveryPoint, ticket.activeBase), active: isNewer ? ticket.checkpoint : old)
        guard (try? checkpoint.write(to: directory, on: disk)) != nil else { return }
        recoveryPoint = checkpoint.recoveryPoint
        activeCheckpoint = checkpoint.active
        removeSnapshot(of: old)
    }

    /// As `beginSync`, and writes what spares the next opening a scan of the active segment up to the log end: index
    /// entries and a snapshot of the producers, which the ticket syncs. Nil where there is nothing new.
    package func beginCheckpoint() throws(LogError) -> LogSyncTicket? {
        try checkUsable()
        guard bytesSinceCheckpoint > 0 else { return nil }
        let written = try onDisk { () throws(DiskError) in
            try active.writeIndexes(on: disk) + [try writeSnapshot()]
        }
        unsynced.add(written)
        unsynced.noteNameChange()
        var ticket = beginSync()
        ticket?.checkpoint = active.checkpoint(end: logEnd)
        return ticket
    }

    /// How much of the log opening it would have to read and verify after a crash.
    package var bytesSinceCheckpoint: Int {
        var count = 0
        for segment in segments.reversed() {
            guard segment.base >= recoveryPoint else { break }
            count += segment.size
            if let known = activeCheckpoint, known.base == segment.base { count -= known.position }
        }
        return count
    }

    /// The state of this log for its checkpoint file. A checkpoint of a segment that the recovery point has passed is
    /// left out.
    func checkpoint(
        logStart: Offset? = nil, recoveryPoint: Offset? = nil, active: ActiveCheckpoint?
    ) -> LogCheckpoint {
        let point = recoveryPoint ?? self.recoveryPoint
        return LogCheckpoint(
            logStart: logStart ?? self.logStart, recoveryPoint: point,
            active: active.flatMap { $0.base >= point ? $0 : nil })
    }

    /// A snapshot in the middle of a segment is of no use once there is a later one.
    private func removeSnapshot(of old: ActiveCheckpoint?) {
        guard let old, old.end != activeCheckpoint?.end, !segments.contains(where: { $0.base == old.end }) else {
            return
        }
        try? SegmentFiles.removeIfThere(directory + "/" + SegmentFiles.name(old.end, .snapshot), on: disk)
    }

    /// Syncs everything in the caller's thread.
    func syncNow() throws(LogError) {
        guard let ticket = beginSync() else { return }
        do {
            try ticket.perform()
        } catch {
            fail(error)
            throw .failed(error)
        }
        completeSync(ticket)
    }

    /// Syncs, and writes what spares the next opening a scan. The log must not be used afterwards.
    package func closeCleanly() throws(LogError) {
        try checkUsable()
        let written = try onDisk { () throws(DiskError) in
            try active.writeIndexes(on: disk) + [try writeSnapshot()]
        }
        unsynced.add(written)
        unsynced.noteNameChange()
        try syncNow()
        try onDisk { () throws(DiskError) in
            let state = checkpoint(recoveryPoint: active.base, active: active.checkpoint(end: logEnd))
            try state.write(to: directory, on: disk)
        }
        fail(DiskError(.inputOutput, path: directory, operation: "use after close"))
    }

    /// Removes the directory. The log must not be used afterwards.
    package func delete() throws(LogError) {
        fail(DiskError(.notFound, path: directory, operation: "use after delete"))
        try onDisk { () throws(DiskError) in
            try disk.removeDirectory(directory)
            try syncParent()
        }
    }

    /// The producers' state at the log end, unsynced.
    func writeSnapshot() throws(DiskError) -> any DiskFile {
        var writer = ByteWriter(capacity: 1024)
        ProducerSnapshot.encode(producers, into: &writer)
        return try SegmentFiles.write(
            writer.bytes, to: directory + "/" + SegmentFiles.name(logEnd, .snapshot), on: disk)
    }

    func syncParent() throws(DiskError) {
        guard let slash = directory.lastIndex(of: "/") else { return try disk.syncDirectory(".") }
        try disk.syncDirectory(slash == directory.startIndex ? "/" : String(directory[..<slash]))
    }
}
