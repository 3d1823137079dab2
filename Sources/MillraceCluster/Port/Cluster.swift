public import MillraceCore

/// The port between the stream runtime and any broker. `EmbeddedCluster` implements it over the broker in this
/// process, `KafkaCluster` of MillraceKafka over the wire. Data crosses it as Kafka record batches (magic 2) in both
/// directions: a dynamic call costs nothing next to a batch.
///
/// A cluster may be used from any thread. Consumers and producers belong to the thread that made them.
public protocol Cluster: AnyObject, Sendable {
    /// Topics and offsets, for whoever administers them. From any thread.
    var admin: any ClusterAdmin { get }
    /// A new consumer; one thread uses it.
    func makeConsumer(_ configuration: ConsumerConfiguration) throws(ClusterError) -> any ClusterConsumer
    /// A new producer; one thread uses it.
    func makeProducer(_ configuration: ProducerConfiguration) throws(ClusterError) -> any ClusterProducer
    /// Ends what the cluster itself holds: files of the broker in this process, connections to others. Applications,
    /// consumers and producers are closed before.
    func close() throws(ClusterError)
}

/// Administration. Calls block until the broker has answered; they are not for the record path.
public protocol ClusterAdmin: AnyObject, Sendable {
    /// Makes a topic; throws `.topicExists` where there is one of this name.
    func createTopic(_ specification: TopicSpecification) throws(ClusterError)
    /// Nil where there is no such topic.
    func describeTopic(_ name: String) throws(ClusterError) -> TopicDescription?
    /// Names of all topics, sorted.
    func listTopics() throws(ClusterError) -> [String]
    /// Removes a topic with its records.
    func deleteTopic(_ name: String) throws(ClusterError)
    /// Moves the log start of a partition up to `offset`; used to purge repartition topics.
    func deleteRecords(before offset: Offset, in partition: TopicPartition) throws(ClusterError)
    /// The offset at a place or time of a partition; nil where no record is that late.
    func offset(of partition: TopicPartition, at position: OffsetQuery) throws(ClusterError) -> Offset?
    /// Committed offsets of a group; partitions without one are left out.
    func committedOffsets(group: String, partitions: [TopicPartition]) throws(ClusterError)
        -> [TopicPartition: CommittedOffset]
}

/// What `ClusterAdmin.offset` looks for.
public enum OffsetQuery: Hashable, Sendable {
    /// The log start.
    case earliest
    /// One past the last record; for `readCommitted`, the last stable offset.
    case latest(IsolationLevel)
    /// The first record whose timestamp is at least this.
    case atOrAfter(Timestamp)
}

/// What a topic is made from.
public struct TopicSpecification: Hashable, Sendable {
    /// The topic's name.
    public var name: String
    /// How many partitions it gets.
    public var partitionCount: Int32
    /// Kafka's topic configs (`cleanup.policy`, `retention.ms` …).
    public var configuration: [String: String]

    /// A topic with the broker's configs but for these.
    public init(name: String, partitionCount: Int32, configuration: [String: String] = [:]) {
        self.name = name
        self.partitionCount = partitionCount
        self.configuration = configuration
    }
}

/// What is known of a topic.
public struct TopicDescription: Hashable, Sendable {
    /// The topic's name.
    public var name: String
    /// How many partitions it has.
    public var partitionCount: Int32
    /// Its configs, by Kafka's names.
    public var configuration: [String: String]

    /// A description of these parts.
    public init(name: String, partitionCount: Int32, configuration: [String: String]) {
        self.name = name
        self.partitionCount = partitionCount
        self.configuration = configuration
    }
}

/// A position committed by a group, with the metadata string that goes with it
/// (the runtime keeps the partition's time there).
public struct CommittedOffset: Hashable, Sendable {
    /// The offset of the next record to read.
    public var offset: Offset
    /// The committer's text.
    public var metadata: String

    /// A position, with a text where the committer has one.
    public init(_ offset: Offset, metadata: String = "") {
        self.offset = offset
        self.metadata = metadata
    }
}

/// What a cluster refuses. A caller reacts to the kind; the rest tells a person what happened and where.
public struct ClusterError: Error, Sendable {
    /// What went wrong, as far as a caller decides by it.
    public enum Kind: Hashable, Sendable {
        /// Another producer with this transactional id, or another member of the group's newer generation, has taken
        /// over: close the tasks without committing and rejoin.
        case fenced
        /// The group no longer knows this member, or has moved on: rejoin.
        case rebalanceNeeded
        /// May succeed when tried again.
        case retriable
        /// The transaction cannot be committed, only aborted.
        case transactionAbortable
        /// The position is outside the partition's log.
        case offsetOutOfRange
        /// The group has committed nothing for the partition, and nothing says where to begin.
        case noOffsetForPartition
        /// There is no such topic or partition.
        case unknownTopic
        /// There is a topic of this name.
        case topicExists
        /// The request contradicts itself or the state of things.
        case invalidRequest
        /// The disk under the broker is full; nothing of the refused call was kept.
        case storageFull
        /// The disk under the broker failed or holds corrupt bytes.
        case storageFailed
        /// The client or the cluster has been closed.
        case closed
        /// This client is of no use any more, and another would fare no better: report it.
        case fatal
    }
    /// What went wrong.
    public let kind: Kind
    /// What happened, in words.
    public let message: String
    /// The partition that it concerns; nil where none.
    public let partition: TopicPartition?
    /// The Kafka error code behind it, where there is one.
    public let code: KafkaErrorCode?

    /// An error of the cluster.
    public init(_ kind: Kind, _ message: String, partition: TopicPartition? = nil, code: KafkaErrorCode? = nil) {
        self.kind = kind
        self.message = message
        self.partition = partition
        self.code = code
    }
}

extension ClusterError: CustomStringConvertible {
    public var description: String {
        var text = message
        if let partition { text += " [\(partition)]" }
        if let code { text += " (\(code))" }
        return text
    }
}
