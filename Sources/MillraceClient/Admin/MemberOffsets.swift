package import MillraceCore
internal import MillraceProtocol

/// Who commits: a member in a generation of its group, or nobody of the group. A plain value.
package struct GroupSeat: Hashable, Sendable {
    package var group: String
    /// -1 for nobody.
    package var generation: Int32
    package var memberID: String
    /// Of a static member (KIP-345).
    package var instanceID: String?

    package init(group: String, generation: Int32 = -1, memberID: String = "", instanceID: String? = nil) {
        self.group = group
        self.generation = generation
        self.memberID = memberID
        self.instanceID = instanceID
    }
}

extension ClusterClient {
    /// Commits positions outside a transaction; the coordinator refuses those of an older generation.
    package func commit(
        _ offsets: [TopicPartition: CommittedPosition], by seat: GroupSeat
    ) throws(ClientError) {
        var request = OffsetCommitRequest()
        request.groupID = seat.group
        request.generationIDOrMemberEpoch = seat.generation
        request.memberID = seat.memberID
        request.groupInstanceID = seat.instanceID
        request.topics = Dictionary(grouping: offsets.keys, by: \.topic).sorted { $0.key < $1.key }.map { name, list in
            var topic = OffsetCommitRequest.Topic()
            topic.name = name
            topic.partitions = list.sorted().map { partition in
                var entry = OffsetCommitRequest.Partition()
                entry.partitionIndex = partition.partition
                entry.committedOffset = offsets[partition]?.offset ?? 0
                entry.committedMetadata = offsets[partition]?.metadata ?? ""
                return entry
            }
            return topic
        }
        // Since version 10 topics are told by id.
        _ = try ask(request, of: .groupCoordinator(seat.group), newest: 9) { answer throws(ClientError) in
            for topic in answer.topics {
                for partition in topic.partitions {
                    let subject = "\(TopicPartition(topic.name, partition.partitionIndex)) of group \(seat.group)"
                    if let error = ClientError.ifAny(partition.error, nil, subject: subject) { throw error }
                }
            }
        }
    }
}
