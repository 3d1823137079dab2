internal import MillraceBroker
internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore

/// Groups' offsets over the wire, through a client that connects when it is first needed. Owned by the consumer's
/// thread, which it blocks.
final class KafkaOffsets: GroupOffsets {
    private let client: ClusterClient
    /// Of the topics that were asked for.
    private var partitionCounts: [String: Int32] = [:]

    /// How long after offsets that an open transaction may change they are asked for again.
    private static let unstablePause = Duration.milliseconds(20)

    init(_ client: ClusterClient) { self.client = client }

    func require(_ partitions: [TopicPartition]) throws(ClusterError) {
        func isKnown(_ partition: TopicPartition) -> Bool {
            (0..<(partitionCounts[partition.topic] ?? 0)).contains(partition.partition)
        }
        let names = Set(partitions.filter { !isKnown($0) }.map(\.topic)).sorted()
        guard !names.isEmpty else { return }
        let topics = try callingClient { () throws(ClientError) in try client.topics(names) }
        for topic in topics { partitionCounts[topic.name] = Int32(topic.partitions.count) }
        if let partition = partitions.first(where: { !isKnown($0) }) {
            throw ClusterError(
                .unknownTopic, "there is no such partition", partition: partition, code: .unknownTopicOrPartition)
        }
    }

    func commit(
        _ offsets: [TopicPartition: CommittedOffset], group: String, seat: GroupMetadata?
    ) throws(ClusterError) {
        let seat = GroupSeat(
            group: group, generation: seat?.generation ?? -1, memberID: seat?.memberID ?? "",
            instanceID: seat?.groupInstanceID)
        let positions = offsets.mapValues {
            CommittedPosition(offset: $0.offset.rawValue, metadata: $0.metadata)
        }
        try callingClient { () throws(ClientError) in try client.commit(positions, by: seat) }
    }

    func committed(
        _ partitions: [TopicPartition], group: String, until deadline: WaitDeadline
    ) throws(ClusterError) -> [TopicPartition: CommittedOffset]? {
        let pause = WakeSignal()
        while true {
            do throws(ClientError) {
                return try client.committed(by: group, partitions, requiresStable: true).mapValues {
                    CommittedOffset(Offset($0.offset), metadata: $0.metadata)
                }
            } catch {
                guard case .refused(.unstableOffsetCommit, _, _) = error else { throw ClusterError(error) }
                if deadline.hasPassed { return nil }
                _ = pause.wait(until: min(deadline, WaitDeadline(after: KafkaOffsets.unstablePause)))
            }
        }
    }

    func start(of partition: TopicPartition, at reset: MillraceCluster.OffsetQuery) throws(ClusterError) -> Offset? {
        try callingClient { () throws(ClientError) -> Offset? in
            if let offset = try client.offset(of: partition, at: reset) { return offset }
            return try client.offset(of: partition, at: .latest(.readUncommitted))
        }
    }
}
