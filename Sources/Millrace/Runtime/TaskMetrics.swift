/// Why a record was dropped (Kafka Streams' dropped-records metric, with reasons).
public enum DropReason: Hashable, Sendable, CaseIterable {
    /// A key is needed and was null.
    case nullKey
    /// A value is needed and was null.
    case nullValue
    /// It came after its window had closed.
    case late
    /// An update of a versioned table that is older than the latest version: joins of tables pass it over (KIP-914).
    case outOfOrder
    /// Kafka Streams' inner foreign-key join passes over rows that refer to none (`Semantics`).
    case nullForeignKey
    /// An answer in a foreign-key join for a row that has changed since it asked; another answer follows.
    case staleAnswer
    /// A serde could not read its bytes.
    case undecodable
    /// Its timestamp was before 1970.
    case negativeTimestamp
    /// Further in the future than `MaxFutureSkew` allows.
    case future
    /// A closure threw.
    case processingError
    /// A serde could not write it.
    case unserializable
}

/// Counts of one task, kept by its thread.
public final class TaskMetrics {
    /// Records that the task has processed.
    public var processedRecords = 0
    /// In the order in which they were added.
    public private(set) var nodes: [NodeMetrics] = []
    private var nodeOfName: [String: NodeMetrics] = [:]

    /// Counts that all begin at zero.
    public init() {}

    /// What is counted of the node of this name. Ask when the node is made, not for every record.
    public func node(_ name: String) -> NodeMetrics { nodeOfName[name] ?? add(name) }

    @discardableResult
    func add(_ name: String) -> NodeMetrics {
        let node = NodeMetrics(name: name)
        nodes.append(node)
        nodeOfName[name] = node
        return node
    }

    /// Of all nodes.
    public var dropped: [DropReason: Int] {
        nodes.reduce(into: [:]) { all, node in all.merge(node.dropped, uniquingKeysWith: +) }
    }

    /// What is counted of each node now.
    public var nodeSnapshots: [NodeSnapshot] {
        nodes.map { NodeSnapshot(name: $0.name, processedRecords: $0.processedRecords, dropped: $0.dropped) }
    }

    /// Records that went no further, whatever the reason.
    public var droppedTotal: Int { dropped.values.reduce(0, +) }
}
