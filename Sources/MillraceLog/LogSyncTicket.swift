package import MillraceCore

/// What has to reach the disk for everything appended so far to survive a power loss. Taken from a log with
/// `beginSync` under the caller's lock, performed without it, and handed back with `completeSync`.
package struct LogSyncTicket: Sendable {
    package let partition: TopicPartition
    /// Everything before this offset is durable once `perform` has returned.
    package let end: Offset
    /// Transactions that began before it had ended when the ticket was made.
    let stableEnd: Offset
    let files: [any DiskFile]
    let mark: UnsyncedFiles.Mark
    /// The directory, where names in it have changed.
    let directory: String?
    /// Where the active segment began: with this ticket, everything before it is durable, indexes included.
    let activeBase: Offset
    let disk: any Disk
    /// Where opening the log may go on from once the ticket has been performed.
    var checkpoint: ActiveCheckpoint?

    /// Syncs. Blocks; from any thread. After an error the log must be told with `fail`: what the disk kept of the
    /// unsynced bytes is unknown.
    package func perform() throws(DiskError) {
        for file in files { try file.sync() }
        guard let directory else { return }
        do {
            try disk.syncDirectory(directory)
        } catch {
            // Not found: the partition was deleted meanwhile.
            if error.reason != .notFound { throw error }
        }
    }
}
