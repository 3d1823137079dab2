internal import MillraceBroker
internal import MillraceCore
internal import MillraceNetwork
internal import MillraceProtocol

/// DescribeLogDirs: the bytes of each partition (KIP-113), and of the volume (KIP-827). On a worker: the volume is
/// asked.
extension HandlerTable {
    mutating func addDescribeLogDirectories(_ environment: ServerEnvironment) {
        onWorker(DescribeLogDirectoriesRequest.self) { request, _ in
            var response = DescribeLogDirectoriesResponse()
            do throws(BrokerError) {
                let description = try environment.broker.describeLogDirectory()
                var directory = DescribeLogDirectoriesResponse.Directory()
                directory.logDirectory = description.path
                directory.topics = topics(description, of: request.topics)
                if let volume = VolumeSpace(at: description.path) {
                    directory.totalBytes = volume.totalBytes
                    directory.usableBytes = volume.usableBytes
                }
                response.results = [directory]
            } catch {
                response.error = error.code
            }
            return response
        }
    }
}

/// - Parameter wanted: nil for all.
private func topics(
    _ description: LogDirectoryDescription, of wanted: [DescribeLogDirectoriesRequest.Topic]?
) -> [DescribeLogDirectoriesResponse.Topic] {
    let wanted = wanted.map { Dictionary($0.map { ($0.name, Set($0.partitionIndexes)) }) { $0.union($1) } }
    var topics: [DescribeLogDirectoriesResponse.Topic] = []
    for partition in description.partitions {
        let id = partition.id
        if let wanted, wanted[id.topic]?.contains(id.partition) != true { continue }
        if topics.last?.name != id.topic {
            var topic = DescribeLogDirectoriesResponse.Topic()
            topic.name = id.topic
            topics.append(topic)
        }
        var answer = DescribeLogDirectoriesResponse.Partition()
        answer.partitionIndex = id.partition
        answer.partitionSize = partition.byteCount
        topics[topics.count - 1].partitions.append(answer)
    }
    return topics
}
