import MillraceCore

/// One consumer group. Pure; owned by its `GroupCoordinator`. `logged`, `consumer` and `offsets` are what the log says
/// and are written by `apply` alone; everything else is soft and is rebuilt from them after a restart.
///
/// A group is of the classic protocol or, where `consumer` is set, of the consumer protocol. It changes its type only
/// while it has no members; its offsets stay.
///
/// Aspects: `Group+Join`, `+StaticMembers`, `+Rebalance`, `+Sync`, `+Membership` (heartbeat, leave), `+Timers`,
/// `+Offsets`; `Consumer/Group+ConsumerHeartbeat`, `+ConsumerTimers`.
struct Group: Sendable {
    enum Phase: Hashable, Sendable {
        /// No members; there may be offsets. Can become: preparing.
        case empty
        /// Members are to join, until the deadline. Can become: completing, empty.
        case preparing(JoinWait)
        /// Everyone knows the generation, the leader's assignments are awaited. Can become: stable, preparing.
        case completing
        /// Members have assignments. Can become: preparing.
        case stable
    }

    struct JoinWait: Hashable, Sendable {
        var deadline: MonotonicTime
        /// Set while a new group gathers members, however many have joined.
        var initial: InitialDelay?
    }

    struct InitialDelay: Hashable, Sendable {
        /// The delay grows while members come, up to this point.
        var latest: MonotonicTime
        var memberCame = false
    }

    let id: String
    let configuration: GroupConfiguration

    // What the log says
    var logged: GroupMetadataValue?
    var consumer: ConsumerGroup?
    var offsets = GroupOffsets()

    // What is soft
    var phase = Phase.empty
    var phaseSince: Timestamp?
    var generation: Int32 = 0
    var protocolType: String?
    var protocolName: String?
    var leaderID: String?
    /// In the order in which they first joined.
    var members: [Member] = []
    /// Ids given out and not come back yet (KIP-394), with the moment they stop being waited for.
    var pendingMembers: [PendingMember] = []
    /// When members of this generation that have not synced are removed; nil once all have.
    var syncDeadline: MonotonicTime?
    var consumerClocks = ConsumerGroupClocks()

    init(id: String, configuration: GroupConfiguration) {
        self.id = id
        self.configuration = configuration
    }

    struct PendingMember: Hashable, Sendable {
        var memberID: String
        var deadline: MonotonicTime
    }

    /// Nothing is known of it that would be missed. A generation would be: a group that has just become empty waits
    /// for its entry to be applied, and must not begin to count anew.
    var isForgettable: Bool {
        generation == 0 && logged == nil && offsets.isEmpty && members.isEmpty && pendingMembers.isEmpty
            && phase == .empty && consumer == nil && consumerClocks.sessions.isEmpty
    }

    var isPreparing: Bool { if case .preparing = phase { true } else { false } }

    /// Kafka's name of its type.
    var type: String { consumer == nil ? "classic" : "consumer" }

    /// Whether nobody is in it, by either protocol.
    var isEmpty: Bool { phase == .empty && consumer?.members.isEmpty ?? true }

    /// Kafka's name of the state.
    var stateName: String {
        if let consumer { return consumer.stateName }
        return switch phase {
        case .empty: "Empty"
        case .preparing: "PreparingRebalance"
        case .completing: "CompletingRebalance"
        case .stable: "Stable"
        }
    }

    func place(of memberID: String) -> Int? { members.firstIndex { $0.memberID == memberID } }

    func place(ofInstance instanceID: String) -> Int? { members.firstIndex { $0.groupInstanceID == instanceID } }

    mutating func enter(_ phase: Phase, now: CoordinatorTime) {
        self.phase = phase
        phaseSince = now.wall
    }

    /// Kafka's check of who speaks. A static member's instance id decides: another member id under it is fenced.
    func validate(memberID: String, instanceID: String?) -> KafkaErrorCode? {
        if let instanceID {
            guard let place = place(ofInstance: instanceID) else { return .unknownMemberID }
            return members[place].memberID == memberID ? nil : .fencedInstanceID
        }
        return place(of: memberID) == nil ? .unknownMemberID : nil
    }

    func validate(_ caller: GroupCaller) -> KafkaErrorCode? {
        if let error = validate(memberID: caller.memberID, instanceID: caller.groupInstanceID) { return error }
        return caller.generation == generation ? nil : .illegalGeneration
    }
}
