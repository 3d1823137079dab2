import MillraceCore

/// What a server-side assignor of KIP-848 is given and gives. Pure.
struct AssignorInput: Sendable {
    struct Member: Sendable {
        let id: String
        let instanceID: String?
        /// Those that exist.
        let topics: Set<TopicID>
        /// What the member is to have so far, as the last target said.
        let current: Set<TopicIDPartition>
    }

    let members: [Member]
    let partitionCounts: [TopicID: Int32]
}

/// The assignors that a member may ask for by name (`server.assignor` of a consumer). Called by the coordinator for
/// each new epoch of a group.
enum ConsumerAssignor: String, CaseIterable, Sendable {
    /// Spreads all partitions evenly and moves as few as it can. The default.
    case uniform
    /// Gives the partitions of each topic out in ranges, so that topics with equal members and equally many partitions
    /// are co-partitioned.
    case range

    /// Each member with its partitions; every member is there. A partition of a topic that somebody reads has exactly
    /// one owner, who reads it.
    func assign(_ input: AssignorInput) -> [String: Set<TopicIDPartition>] {
        switch self {
        case .uniform: UniformAssignor.assign(input)
        case .range: RangeAssignor.assign(input)
        }
    }
}
