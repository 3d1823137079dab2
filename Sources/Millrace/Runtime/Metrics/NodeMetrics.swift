/// Counts of one node in one task. Operators count in it record by record: one addition, no look-up, no lock. Owned by
/// the task's thread, which also takes the snapshots that others see.
public final class NodeMetrics {
    /// The node's name.
    public let name: String
    @exclusivity(unchecked)
    @usableFromInline var recordCount = 0
    /// Records that went no further, by reason.
    public private(set) var dropped: [DropReason: Int] = [:]

    init(name: String) { self.name = name }

    /// Records that reached the node, dropped ones included.
    public var processedRecords: Int { recordCount }

    /// Counts a record that has reached the node.
    @inlinable
    public func countRecord() { recordCount &+= 1 }

    /// Counts a record, or one window of it, that goes no further.
    public func drop(_ reason: DropReason) { dropped[reason, default: 0] += 1 }
}
