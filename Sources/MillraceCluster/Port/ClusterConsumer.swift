public import MillraceCore

/// How a consumer reads, and how it belongs to its group.
public struct ConsumerConfiguration: Sendable {
    /// Nil for a consumer that only ever uses `assign`.
    public var groupID: String?
    /// Static membership (KIP-345).
    public var groupInstanceID: String?
    /// What the consumer calls itself (`client.id`).
    public var clientID: String
    /// Whether records of open and aborted transactions are seen.
    public var isolation: IsolationLevel
    /// Where a partition without a committed offset begins; nil makes it an error.
    public var offsetReset: OffsetQuery?
    /// How long the group waits for a heartbeat before it gives up the member (`session.timeout.ms`).
    public var sessionTimeout: Duration
    /// How often the member gives one (`heartbeat.interval.ms`).
    public var heartbeatInterval: Duration
    /// How long a rebalance waits for this member.
    public var rebalanceTimeout: Duration
    /// Most bytes one `poll` brings, over all partitions.
    public var maxPollBytes: Int
    /// Most bytes one `poll` brings of one partition; a larger first batch still comes whole.
    public var maxPartitionBytes: Int

    /// Kafka's defaults where nothing is said.
    public init(
        groupID: String?, clientID: String, isolation: IsolationLevel = .readCommitted,
        offsetReset: OffsetQuery? = .earliest, groupInstanceID: String? = nil,
        sessionTimeout: Duration = .seconds(45), heartbeatInterval: Duration = .seconds(3),
        rebalanceTimeout: Duration = .seconds(60), maxPollBytes: Int = 16 << 20, maxPartitionBytes: Int = 1 << 20
    ) {
        self.groupID = groupID
        self.clientID = clientID
        self.isolation = isolation
        self.offsetReset = offsetReset
        self.groupInstanceID = groupInstanceID
        self.sessionTimeout = sessionTimeout
        self.heartbeatInterval = heartbeatInterval
        self.rebalanceTimeout = rebalanceTimeout
        self.maxPollBytes = maxPollBytes
        self.maxPartitionBytes = maxPartitionBytes
    }
}

/// A consumer, owned by one thread; only `wakeUp` may be called from others.
///
/// With `subscribe` it is a member of its group. Rebalances come out of `poll` as events, in this order:
/// `.revoking` (everything it holds is about to go: finish and commit now, then call `completeRevocation`), then
/// `.assigned` with the new set, which may name the same partitions again. `.lost` means that the partitions belong
/// to others already: nothing may be committed.
public protocol ClusterConsumer: AnyObject {
    /// Joins the group and reads what the assignor gives it of `topics`.
    func subscribe(to topics: [String], assignor: any GroupAssignor) throws(ClusterError)
    /// Takes partitions by hand, outside any group.
    func assign(_ partitions: [TopicPartition]) throws(ClusterError)

    /// Drives heartbeats and rebalances, then brings what the assigned, not paused partitions have, waiting up to
    /// `maxWait` for the first byte. Buffers in `batches` are recycled: what an earlier poll brought and the caller
    /// still holds stays valid.
    func poll(maxWait: Duration, into batches: inout [FetchedBatches]) throws(ClusterError) -> GroupEvent?

    /// Says that the caller has let go of the partitions that a `.revoking` event named.
    func completeRevocation() throws(ClusterError)

    /// Stops to deliver records of a partition; it stays assigned.
    func pause(_ partition: TopicPartition)
    /// Delivers records of a paused partition again.
    func resume(_ partition: TopicPartition)
    /// The next offset that `poll` will bring.
    func position(of partition: TopicPartition) throws(ClusterError) -> Offset
    /// Goes on at `offset` in a partition.
    func seek(_ partition: TopicPartition, to offset: Offset) throws(ClusterError)

    /// Commits outside a transaction (at least once), fenced by the group's generation.
    func commit(_ offsets: [TopicPartition: CommittedOffset]) throws(ClusterError)
    /// The group's positions. Waits while a transaction with offsets of these partitions is open (KIP-447,
    /// `require_stable`), at most so long; then the error is `.retriable`.
    func committed(
        _ partitions: [TopicPartition], maxWait: Duration
    ) throws(ClusterError) -> [TopicPartition: CommittedOffset]

    /// What fences transactional offset commits (KIP-447); nil while the consumer is in no generation.
    var groupMetadata: GroupMetadata? { get }

    /// Asks the group for a rebalance, for instance after a fenced producer.
    func rejoin()
    /// Makes a `poll` that waits return at once. From any thread.
    func wakeUp()
    /// Leaves the group for good, as a static member too: nobody is to keep its place. Only `close` may follow.
    func leaveGroup()
    /// Leaves the group, so that it need not wait for the session to expire; a static member keeps its place.
    func close()
}

/// What the group asks of its member, or tells it.
public enum GroupEvent: Sendable {
    /// These partitions are taken away: commit, then call `completeRevocation`.
    case revoking([TopicPartition])
    /// These partitions are the member's now, with what the assignor says to it.
    case assigned([TopicPartition], userData: [UInt8])
    /// These partitions are gone already; a commit of theirs would be refused.
    case lost([TopicPartition])
}

/// Which member speaks, in which generation of its group.
public struct GroupMetadata: Hashable, Sendable {
    /// The group's name.
    public var groupID: String
    /// The generation that the member belongs to; an older one is fenced.
    public var generation: Int32
    /// The member's id.
    public var memberID: String
    /// The static member's name; nil for a dynamic one (KIP-345).
    public var groupInstanceID: String?

    /// Metadata of these parts.
    public init(groupID: String, generation: Int32, memberID: String, groupInstanceID: String? = nil) {
        self.groupID = groupID
        self.generation = generation
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
    }
}

/// Record batches of one partition as they lie in its log, in one buffer. The consumer has left out aborted data
/// (where it reads committed) and control batches, so every entry of `batches` is to be processed.
public struct FetchedBatches {
    /// The partition that the batches are of.
    public let partition: TopicPartition
    /// Whole batches; compressed ones stand decompressed here.
    public let buffer: SharedBuffer
    /// The batches to process: their headers and where their records begin in `buffer`.
    public let batches: [FetchedBatch]
    /// The position after everything that was read, control records and aborted data included.
    public let nextOffset: Offset
    /// First offset wanted: records before it (a batch may begin earlier) are to be passed over.
    public let startOffset: Offset
    /// One past the last record that is replicated.
    public let highWatermark: Offset
    /// One past the last record of which it is decided whether it is committed.
    public let lastStableOffset: Offset

    /// A fetch of these parts.
    public init(
        partition: TopicPartition, buffer: SharedBuffer, batches: [FetchedBatch], startOffset: Offset,
        nextOffset: Offset, highWatermark: Offset, lastStableOffset: Offset
    ) {
        self.partition = partition
        self.buffer = buffer
        self.batches = batches
        self.startOffset = startOffset
        self.nextOffset = nextOffset
        self.highWatermark = highWatermark
        self.lastStableOffset = lastStableOffset
    }
}

/// One batch of a fetch.
public struct FetchedBatch: Sendable {
    /// The head of the batch.
    public let header: RecordBatchHeader
    /// Where in the buffer the first record begins.
    public let recordsStart: Int

    /// A batch whose records begin at `recordsStart` of the buffer.
    public init(header: RecordBatchHeader, recordsStart: Int) {
        self.header = header
        self.recordsStart = recordsStart
    }
}

/// Decides, on the group's leader, who gets which partitions.
public protocol GroupAssignor: Sendable {
    /// The protocol name that members must share.
    var name: String { get }
    /// What this member tells the leader; asked for at every join.
    func userData() -> [UInt8]
    /// - Parameter partitionCounts: of every subscribed topic; a topic that does not exist is missing.
    /// - Parameter members: the members of the group.
    func assign(members: [GroupAssignorMember], partitionCounts: [String: Int32]) throws
        -> [String: GroupAssignorResult]
}

/// A member as its assignor sees it.
public struct GroupAssignorMember: Sendable {
    /// The member's id.
    public let memberID: String
    /// The static member's name; nil for a dynamic one.
    public let groupInstanceID: String?
    /// The topics that it reads.
    public let topics: [String]
    /// What the member's own assignor says to the leader's.
    public let userData: [UInt8]

    /// A member of these parts.
    public init(memberID: String, groupInstanceID: String?, topics: [String], userData: [UInt8]) {
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.topics = topics
        self.userData = userData
    }
}

/// What the assignor gives to one member.
public struct GroupAssignorResult: Sendable {
    /// The member's partitions.
    public var partitions: [TopicPartition]
    /// What the assignor says to the member.
    public var userData: [UInt8]

    /// A result of these parts.
    public init(partitions: [TopicPartition], userData: [UInt8] = []) {
        self.partitions = partitions
        self.userData = userData
    }
}
