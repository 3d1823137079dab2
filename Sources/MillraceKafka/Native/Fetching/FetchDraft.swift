internal import MillraceClient
internal import MillraceCore
internal import MillraceProtocol

/// A Fetch request that is being put together, partition by partition. Pure.
struct FetchDraft {
    private(set) var request = FetchRequest()
    private let limits: FetchLimits
    private var partitions: [TopicPartition] = []
    private var topics: [WireUUID: String] = [:]
    private var hasAllIDs = true

    /// The last version that names topics.
    private static let newestByName: Int16 = 12

    init(_ limits: FetchLimits) {
        self.limits = limits
        request.maxWaitMilliseconds = Int32(clamping: limits.fetchWait.wholeMilliseconds)
        request.minBytes = limits.minBytes
        request.maxBytes = limits.requestBytes
        request.isolationLevel = Int8(limits.isolation.rawValue)
    }

    /// Topics are told by id where all have one.
    var newest: Int16? { hasAllIDs ? nil : FetchDraft.newestByName }

    func underWay(number: UInt64, deadline: MonotonicTime) -> LeaderLane.UnderWay {
        LeaderLane.UnderWay(number: number, partitions: partitions, topics: topics, deadline: deadline)
    }

    mutating func append(_ partition: PartitionFetch, topicID: WireUUID) {
        partitions.append(partition.id)
        if topicID == .zero { hasAllIDs = false }
        var entry = FetchRequest.Partition()
        entry.partitionIndex = partition.id.partition
        entry.currentLeaderEpoch = partition.leader?.epoch ?? -1
        entry.fetchOffset = partition.cursor
        entry.lastFetchedEpoch = partition.lastEpoch
        entry.partitionMaxBytes = limits.partitionBytes
        let name = partition.id.topic
        // Each topic once, in the order in which partitions have their turn.
        var index = request.topics.count - 1
        if request.topics.last?.name != name { index = request.topics.firstIndex { $0.name == name } ?? -1 }
        guard index < 0 else { return request.topics[index].partitions.append(entry) }
        var topic = FetchRequest.Topic()
        topic.name = name
        topic.topicID = topicID
        topic.partitions = [entry]
        topics[topicID] = name
        request.topics.append(topic)
    }
}
