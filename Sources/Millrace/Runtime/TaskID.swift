/// One unit of work: a sub-topology for one partition of its sources. Written `subtopology_partition`, as in Kafka
/// Streams' logs and directories.
public struct TaskID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number of the sub-topology.
    public let subtopology: Int
    /// The partition of its topics.
    public let partition: Int32

    /// The task of this partition of this sub-topology.
    public init(subtopology: Int, partition: Int32) {
        self.subtopology = subtopology
        self.partition = partition
    }

    public static func < (left: TaskID, right: TaskID) -> Bool {
        (left.subtopology, left.partition) < (right.subtopology, right.partition)
    }

    public var description: String { "\(subtopology)_\(partition)" }
}
