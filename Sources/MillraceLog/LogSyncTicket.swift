public import MillraceCore

/// What has to reach the disk for everything appended so far to survive a power loss. Taken from a log with
/// `beginSync` under the caller's lock, performed without it, and handed back with `completeSync`.
public struct LogSyncTicket: Sendable {
    public let partition: TopicPartition
    /// Everything before this offset is durable once `perform` has returned.
    public let end: Offset
    let files: [any DiskFile]
    /// Files of closed segments that need no second sync afterwards: how many of the log's pending ones are in here.
    let pendingCount: Int
    /// The directory, where names in it have changed.
    let directory: String?
    let checkpoint: LogCheckpoint?
    let checkpointDirectory: String
    let disk: any Disk

    /// Syncs. Blocks; from any thread. After an error the log must be told with `fail`: what the disk kept of the
    /// unsynced bytes is unknown.
    public func perform() throws(DiskError) {
        for file in files { try file.sync() }
        if let directory {
            do {
                try disk.syncDirectory(directory)
            } catch  where error.reason == .notFound {
                return  // The partition was deleted meanwhile.
            }
        }
        if let checkpoint { try checkpoint.write(to: checkpointDirectory, on: disk) }
    }
}
