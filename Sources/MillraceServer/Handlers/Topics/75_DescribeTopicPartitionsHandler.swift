internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// DescribeTopicPartitions: topics with their partitions, a page at a time (KIP-966). Topics come sorted by name; the
/// cursor says where the next page begins. Answers at once.
extension HandlerTable {
    /// Most partitions of one page, whatever the client asks for (`max.request.partition.size.limit`).
    static let describedPartitionsMax = 2_000

    mutating func addDescribeTopicPartitions(_ environment: ServerEnvironment) {
        on(DescribeTopicPartitionsRequest.self) { request, _ in
            var pages = TopicPages(environment: environment, limit: Int(request.responsePartitionLimit))
            let isOfAll = request.topics.isEmpty
            let names = isOfAll ? (try? environment.broker.listTopics()) ?? [] : request.topics.map(\.name)
            var last: String?
            for name in names.sorted() where name != last {
                last = name
                var first: Int32 = 0
                if let cursor = request.cursor {
                    if name < cursor.topicName { continue }
                    if name == cursor.topicName { first = max(0, cursor.partitionIndex) }
                }
                guard pages.add(name, from: first) else { break }
            }
            return pages.response
        }
    }
}

/// Fills one page. Pure but for looking topics up.
private struct TopicPages {
    let environment: ServerEnvironment
    private var left: Int
    private(set) var response = DescribeTopicPartitionsResponse()

    init(environment: ServerEnvironment, limit: Int) {
        self.environment = environment
        left = min(max(limit, 1), HandlerTable.describedPartitionsMax)
    }

    /// Returns false once the page is full.
    mutating func add(_ name: String, from first: Int32) -> Bool {
        guard left > 0 else {
            setCursor(name, first)
            return false
        }
        var topic = DescribeTopicPartitionsResponse.Topic()
        topic.name = name
        let definition: TopicDefinition
        do throws(BrokerError) {
            guard let found = try environment.broker.describeTopic(name) else {
                topic.error =
                    TopicName.complaint(about: name) == nil ? .unknownTopicOrPartition : .invalidTopicException
                response.topics.append(topic)
                return true
            }
            definition = found
        } catch {
            topic.error = error.code
            response.topics.append(topic)
            return true
        }
        topic.topicID = WireUUID(definition.id)
        topic.isInternal = TopicName.isInternal(name)
        let end = min(definition.partitionCount, first.addingReportingOverflow(Int32(left)).partialValue)
        if first < end { topic.partitions = (first..<end).map(partition) }
        left -= topic.partitions.count
        response.topics.append(topic)
        guard end < definition.partitionCount else { return true }
        setCursor(name, end)
        return false
    }

    private func partition(_ index: Int32) -> DescribeTopicPartitionsResponse.Partition {
        var partition = DescribeTopicPartitionsResponse.Partition()
        partition.partitionIndex = index
        partition.leaderID = environment.nodeID
        partition.leaderEpoch = 0
        partition.replicas = [environment.nodeID]
        partition.inSyncReplicas = [environment.nodeID]
        // The schema lets these be null; the Java client does not.
        partition.eligibleLeaderReplicas = []
        partition.lastKnownEligibleLeaderReplicas = []
        return partition
    }

    private mutating func setCursor(_ topic: String, _ partition: Int32) {
        var cursor = DescribeTopicPartitionsResponse.Cursor()
        cursor.topicName = topic
        cursor.partitionIndex = partition
        response.nextCursor = cursor
    }
}
