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
        guard ticket.activeBase > recoveryPoint else { return }
        // Only saves time when the log is opened after a crash: the older one stays right if this fails.
        let checkpoint = LogCheckpoint(logStart: logStart, recoveryPoint: ticket.activeBase)
        if (try? checkpoint.write(to: directory, on: disk)) != nil { recoveryPoint = ticket.activeBase }
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
            try LogCheckpoint(logStart: logStart, recoveryPoint: logEnd).write(to: directory, on: disk)
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
