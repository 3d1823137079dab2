public import MillraceCore

/// How far an instance's copy of a global table is. Reported by the global thread after each fetch.
public struct GlobalTableSnapshot: Hashable, Sendable {
    /// Name of the table's store.
    public var store: String
    /// The topic that the table holds.
    public var topic: String
    /// Whether the table holds all that its topic had when the application started; tasks begin then.
    public var isLoaded = false
    /// Records put into the table since the start.
    public var appliedRecords = 0
    /// Records passed over since the start, and why.
    public var dropped: [DropReason: Int] = [:]
    /// By partition, in order.
    public var partitions: [Partition] = []

    /// How far one partition of the topic is.
    public struct Partition: Hashable, Sendable {
        /// Number of the partition.
        public var partition: Int32
        /// The next record to be read.
        public var position: Offset
        /// Where the partition ended when the application started, or later when more had been seen.
        public var end: Offset
    }

    /// Records that are still to be read, as far as their ends are known (control records count).
    public var lag: Int64 { partitions.reduce(0) { $0 + max(0, $1.end.distance(from: $1.position)) } }
}
