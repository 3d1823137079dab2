public import MillraceCore

public struct ConsumerConfiguration: Sendable {
    /// Nil for a consumer that only ever uses `assign`.
    public var groupID: String?
    /// Static membership (KIP-345).
    public var groupInstanceID: String?
    public var clientID: String
    public var isolation: IsolationLevel
    /// Where a partition without a committed offset begins; nil makes it an error.
    public var offsetReset: OffsetQuery?
    public var sessionTimeout: Duration
    public var heartbeatInterval: Duration
    /// How long a rebalance waits for this member.
    public var rebalanceTimeout: Duration
    /// Most bytes one `poll` brings, over all partitions.
    public var maxPollBytes: Int
    /// Most bytes one `poll` brings of one partition; a larger first batch still comes whole.
    public var maxPartitionBytes: Int

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
    func subscribe(to topics: [String], assignor: any GroupAssignor) throws(ClusterError)
    /// Takes partitions by hand, outside any group.
    func assign(_ partitions: [TopicPartition]) throws(ClusterError)

    /// Drives heartbeats and rebalances, then brings what the assigned, not paused partitions have, waiting up to
    /// `maxWait` for the first byte. Buffers in `batches` are recycled: what an earlier poll brought and the caller
    /// still holds stays valid.
    func poll(maxWait: Duration, into batches: inout [FetchedBatches]) throws(ClusterError) -> GroupEvent?

    /// Says that the caller has let go of the partitions that a `.revoking` event named.
    func completeRevocation() throws(ClusterError)

    func pause(_ partition: TopicPartition)
    func resume(_ partition: TopicPartition)
    /// The next offset that `poll` will bring.
    func position(of partition: TopicPartition) throws(ClusterError) -> Offset
    func seek(_ partition: TopicPartition, to offset: Offset) throws(ClusterError)

    /// Commits outside a transaction (at least once), fenced by the group's generation.
    func commit(_ offsets: [TopicPartition: CommittedOffset]) throws(ClusterError)
    /// Waits while a transaction with offsets of these partitions is open (KIP-447, `require_stable`).
    func committed(_ partitions: [TopicPartition]) throws(ClusterError) -> [TopicPartition: CommittedOffset]

    /// What fences transactional offset commits (KIP-447); nil while the consumer is in no generation.
    var groupMetadata: GroupMetadata? { get }

    /// Asks the group for a rebalance, for instance after a fenced producer.
    func rejoin()
    /// Makes a `poll` that waits return at once. From any thread.
    func wakeUp()
    /// Leaves the group, so that it need not wait for the session to expire.
    func close()
}

public enum GroupEvent: Sendable {
    case revoking([TopicPartition])
    case assigned([TopicPartition], userData: [UInt8])
    case lost([TopicPartition])
}

/// Which member speaks, in which generation of its group.
public struct GroupMetadata: Hashable, Sendable {
    public var groupID: String
    public var generation: Int32
    public var memberID: String
    public var groupInstanceID: String?

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
    public let partition: TopicPartition
    /// Whole batches; compressed ones stand decompressed here.
    public let buffer: SharedBuffer
    /// The batches to process: their headers and where their records begin in `buffer`.
    public let batches: [FetchedBatch]
    /// The position after everything that was read, control records and aborted data included.
    public let nextOffset: Offset
    /// First offset wanted: records before it (a batch may begin earlier) are to be passed over.
    public let startOffset: Offset
    public let highWatermark: Offset
    public let lastStableOffset: Offset

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

public struct FetchedBatch: Sendable {
    public let header: RecordBatchHeader
    /// Where in the buffer the first record begins.
    public let recordsStart: Int

    public init(header: RecordBatchHeader, recordsStart: Int) {
        self.header = header
        self.recordsStart = recordsStart
    }
}

/// Decides, on the group's leader, who gets which partitions. Engines that have assignors of their own
/// (librdkafka) ignore it.
public protocol GroupAssignor: Sendable {
    /// The protocol name that members must share.
    var name: String { get }
    /// What this member tells the leader; asked for at every join.
    func userData() -> [UInt8]
    /// - Parameter partitionCounts: of every subscribed topic; a topic that does not exist is missing.
    func assign(members: [GroupAssignorMember], partitionCounts: [String: Int32]) throws
        -> [String: GroupAssignorResult]
}

public struct GroupAssignorMember: Sendable {
    public let memberID: String
    public let groupInstanceID: String?
    public let topics: [String]
    public let userData: [UInt8]

    public init(memberID: String, groupInstanceID: String?, topics: [String], userData: [UInt8]) {
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.topics = topics
        self.userData = userData
    }
}

public struct GroupAssignorResult: Sendable {
    public var partitions: [TopicPartition]
    public var userData: [UInt8]

    public init(partitions: [TopicPartition], userData: [UInt8] = []) {
        self.partitions = partitions
        self.userData = userData
    }
}
