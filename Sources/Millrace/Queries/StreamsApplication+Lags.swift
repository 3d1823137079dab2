public import MillraceCluster
public import MillraceCore

/// How far one copy of a store's partition on this instance is behind its changelog.
public struct StoreLag: Hashable, Sendable {
    /// What the copy is for this instance.
    public enum Role: Hashable, Sendable {
        /// Its task runs here, and writes the changelog.
        case running
        /// Its task is to run here once the store is restored.
        case restoring
        /// Another instance runs the task; this one follows.
        case standby
    }

    /// The task that the copy belongs to.
    public let task: TaskID
    /// What the copy is for this instance.
    public let role: Role
    /// The changelog offset up to which the copy holds everything.
    public let position: Offset
    /// Where the committed part of the changelog ends.
    public let end: Offset

    /// Offsets that the copy lacks.
    public var lag: Int64 { max(0, end.rawValue - position.rawValue) }
}

extension StreamsApplication {
    /// How far the stores of this instance are behind their changelogs, by name and partition: those that its tasks
    /// write, which lack nothing, those that it restores, and those that it keeps warm for others (Kafka Streams'
    /// `allLocalStorePartitionLags`, KIP-535). Stores without a changelog are left out. Asks the cluster, once for each
    /// changelog partition.
    ///
    ///     let lag = try application.localStoreLags()["counts"]?[3]?.lag
    ///
    /// - Throws: `ClusterError` where the ends of the changelogs cannot be had.
    public func localStoreLags() throws(ClusterError) -> [String: [Int32: StoreLag]] {
        var lags: [String: [Int32: StoreLag]] = [:]
        let admin = configuration.cluster.admin
        for store in queries.copies {
            guard let copy = store.copy else { continue }
            // Asked for first: what comes meanwhile is no lag.
            var end = try admin.offset(of: copy.changelog, at: .latest(.readCommitted)) ?? .zero
            if copy.isSource {
                let committed = try admin.committedOffsets(
                    group: configuration.applicationID, partitions: [copy.changelog])
                end = min(end, committed[copy.changelog]?.offset ?? .zero)
            }
            let position = copy.position
            let role: StoreLag.Role = store.isStandby ? .standby : position == nil ? .running : .restoring
            lags[store.name, default: [:]][store.task.partition] = StoreLag(
                task: store.task, role: role, position: position ?? end, end: end)
        }
        return lags
    }
}
