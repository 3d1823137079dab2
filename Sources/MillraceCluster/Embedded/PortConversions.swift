internal import MillraceBroker
internal import MillraceCore

/// The port's values as the broker's, and back. Pure.
extension GroupCaller {
    init(_ metadata: GroupMetadata) {
        self.init(
            groupID: metadata.groupID, memberID: metadata.memberID, groupInstanceID: metadata.groupInstanceID,
            generation: metadata.generation)
    }
}

extension OffsetCommitPartition {
    /// Sorted by partition, so that what is logged does not depend on the order of a dictionary.
    static func list(_ offsets: [TopicPartition: CommittedOffset]) -> [OffsetCommitPartition] {
        offsets.sorted { $0.key < $1.key }.map {
            OffsetCommitPartition(partition: $0.key, offset: $0.value.offset, metadata: $0.value.metadata)
        }
    }
}

extension CommittedOffset {
    /// Partitions without a committed offset are left out.
    static func dictionary(_ answers: [OffsetFetchResponse.Partition]) -> [TopicPartition: CommittedOffset] {
        var offsets: [TopicPartition: CommittedOffset] = [:]
        for answer in answers {
            guard let offset = answer.offset else { continue }
            offsets[answer.partition] = CommittedOffset(offset, metadata: answer.metadata)
        }
        return offsets
    }
}
