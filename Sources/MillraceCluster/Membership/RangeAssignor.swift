import MillraceCore

/// Kafka's range assignor: of each topic, in the order of member ids, every subscriber gets a run of neighbouring
/// partitions, the first ones one more where it does not divide evenly. So partition n of co-partitioned topics with
/// the same subscribers lands on one member. Pure; runs on the group's leader.
public struct RangeAssignor: GroupAssignor {
    public let name = "range"

    /// The assignor; it has no settings.
    public init() {}

    public func userData() -> [UInt8] { [] }

    public func assign(
        members: [GroupAssignorMember], partitionCounts: [String: Int32]
    ) -> [String: GroupAssignorResult] {
        // Static members by their instance, which outlives their member id.
        let ordered = members.sorted { ($0.groupInstanceID ?? $0.memberID) < ($1.groupInstanceID ?? $1.memberID) }
        var results: [String: GroupAssignorResult] = [:]
        for member in members { results[member.memberID] = GroupAssignorResult(partitions: []) }
        for (topic, count) in partitionCounts.sorted(by: { $0.key < $1.key }) {
            let readers = ordered.filter { $0.topics.contains(topic) }
            guard !readers.isEmpty, count > 0 else { continue }
            let share = Int(count) / readers.count
            let extra = Int(count) % readers.count
            var next = 0
            for (place, reader) in readers.enumerated() {
                let end = next + share + (place < extra ? 1 : 0)
                results[reader.memberID]?.partitions += (next..<end).map { TopicPartition(topic, Int32($0)) }
                next = end
            }
        }
        return results
    }
}
