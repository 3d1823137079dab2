internal import MillraceCluster
internal import MillraceCore

/// How long a compacted topic keeps deletions: whether a store that has not read to the topic's end may miss some of
/// them for ever. Asks the cluster; called by the thread that opens the store.
///
/// A deletion stays for `delete.retention.ms` after compaction has met it, which is after the store was complete. A
/// tenth less is taken, for the reading and for clocks (SEMANTICS I5).
struct TombstoneRetention {
    /// Not asked for each store of an application that is restarted.
    private static let ageMinimum: Int64 = 60_000
    /// Kafka's.
    private static let millisecondsDefault: Int64 = 86_400_000

    let admin: any ClusterAdmin
    let clock: any Clock

    init(_ configuration: StreamsConfiguration) {
        admin = configuration.cluster.admin
        clock = configuration.clock
    }

    /// Why the store is to be read anew; nil where all deletions must be there still, or nobody knows since when the
    /// store lacks something.
    func rebuild(from topic: String, since caughtUp: Timestamp?) throws -> RestoreReport.Rebuild? {
        guard let caughtUp else { return nil }
        let age = clock.now().milliseconds(since: caughtUp)
        guard age > Self.ageMinimum, let values = try admin.describeTopic(topic)?.configuration,
            values["cleanup.policy"]?.contains("compact") ?? false
        else { return nil }
        let retention = values["delete.retention.ms"].flatMap { Int64($0) } ?? Self.millisecondsDefault
        guard age > retention - retention / 10 else { return nil }
        return .deletionsMayBeGone(caughtUp: caughtUp, retention: .milliseconds(retention))
    }
}
