import MillraceCore

@testable import MillraceBroker

/// A coordinator with a hand-moved clock, whose log is an array: every decision is logged and applied at once, as a
/// broker's shard would. No I/O.
final class GroupScript {
    enum Logged {
        case entry(GroupLogEntry, ProducerIdentity?)
        case marker(Int64, TransactionOutcome)
    }

    var coordinator: GroupCoordinator
    var now = CoordinatorTime(wall: Timestamp(1_000_000), monotonic: MonotonicTime(milliseconds: 0))
    var log: [Logged] = []
    var answers: [ReplyToken: GroupResponse] = [:]
    private var tokens: [ReplyToken] = []
    private var lastToken: UInt64 = 0
    private var starts: UInt64 = 0

    init(_ configuration: GroupConfiguration = GroupConfiguration(), seed: UInt64 = 1) {
        coordinator = GroupCoordinator(configuration: configuration, seed: seed)
    }

    var waiting: [ReplyToken] { tokens.filter { answers[$0] == nil } }

    func perform(_ decision: GroupDecision) {
        for entry in decision.entries {
            log.append(.entry(entry, decision.producer))
            coordinator.apply(entry, producer: decision.producer)
        }
        for reply in decision.replies { answers[reply.token] = reply.response }
    }

    /// After a restart nobody is there to be answered.
    func forgetWaiting() { tokens.removeAll { answers[$0] == nil } }

    @discardableResult
    func send(_ request: GroupRequest) -> ReplyToken {
        lastToken += 1
        let token = ReplyToken(lastToken)
        tokens.append(token)
        perform(coordinator.decide(request, token: token, now: now))
        return token
    }

    func marker(_ producerID: Int64, _ outcome: TransactionOutcome) {
        log.append(.marker(producerID, outcome))
        coordinator.applyMarker(producerID: producerID, outcome)
    }

    func advance(seconds: Int64) {
        now.wall = now.wall.advanced(byMilliseconds: seconds * 1_000)
        now.monotonic = now.monotonic.advanced(by: .seconds(seconds))
        perform(coordinator.expire(now: now))
    }

    /// Another coordinator that has read the same log, whose bytes have been through the codec.
    func replayed() throws -> GroupCoordinator {
        // Another seed at each start, as the coordinator demands: ids must not come again.
        starts += 1
        var other = GroupCoordinator(configuration: coordinator.configuration, seed: 1_000_000 + starts)
        other.topics = coordinator.topics
        for logged in log {
            switch logged {
            case .entry(let entry, let producer):
                let read = try GroupLogEntry.decode(key: entry.encodedKey(), value: entry.encodedValue())
                other.apply(read, producer: producer)
            case .marker(let producerID, let outcome): other.applyMarker(producerID: producerID, outcome)
            }
        }
        return other
    }

    func restart(droppingEmbedded: Bool = false) throws {
        coordinator = try replayed()
        perform(coordinator.completeReplay(droppingEmbedded: droppingEmbedded, now: now))
    }

    // MARK: Shorthand

    static func joinRequest(
        _ memberID: String = "", instance: String? = nil, protocols: [String] = ["range"], type: String = "consumer",
        host: String = "/10.0.0.1", group: String = "g", known: Bool = false, skips: Bool = true,
        session: Duration = .seconds(10)
    ) -> GroupRequest {
        let metadata = ConsumerSubscription(topics: ["t"]).encoded()
        return .join(
            JoinGroupRequest(
                groupID: group, memberID: memberID, groupInstanceID: instance, clientID: "c", clientHost: host,
                sessionTimeout: session, rebalanceTimeout: .seconds(30), protocolType: type,
                protocols: protocols.map { JoinGroupProtocol(name: $0, metadata: metadata) },
                requiresKnownMemberID: known, supportsSkippingAssignment: skips))
    }

    func join(_ token: ReplyToken) -> JoinGroupResponse? {
        if case .join(let response) = answers[token] { response } else { nil }
    }

    func sync(_ token: ReplyToken) -> SyncGroupResponse? {
        if case .sync(let response) = answers[token] { response } else { nil }
    }

    func sync(_ joined: JoinGroupResponse, instance: String? = nil, gives: [String: [UInt8]] = [:])
        -> ReplyToken
    {
        let caller = GroupCaller(
            groupID: "g", memberID: joined.memberID, groupInstanceID: instance, generation: joined.generation)
        let assignments = gives.sorted { $0.key < $1.key }.map { SyncGroupAssignment(memberID: $0, assignment: $1) }
        return send(.sync(SyncGroupRequest(caller: caller, assignments: assignments)))
    }

    func heartbeat(_ memberID: String, _ generation: Int32, instance: String? = nil) -> KafkaErrorCode? {
        let caller = GroupCaller(
            groupID: "g", memberID: memberID, groupInstanceID: instance, generation: generation)
        let token = send(.heartbeat(HeartbeatRequest(caller: caller)))
        if case .heartbeat(let error) = answers[token] { return error }
        return nil
    }

    func commit(
        _ offset: Int64, by caller: GroupCaller, producer: Int64? = nil, metadata: String = ""
    ) -> KafkaErrorCode? {
        let offsets = [
            OffsetCommitPartition(partition: TopicPartition("t", 0), offset: Offset(offset), metadata: metadata)
        ]
        guard let producer else {
            let token = send(.offsetCommit(OffsetCommitRequest(caller: caller, offsets: offsets)))
            guard case .offsetCommit(let response) = answers[token] else { return nil }
            return response.firstError ?? KafkaErrorCode.none
        }
        let token = send(
            .transactionalOffsetCommit(
                TransactionalOffsetCommitRequest(
                    transactionalID: "x", producer: ProducerIdentity(id: producer, epoch: 0), caller: caller,
                    offsets: offsets)))
        guard case .transactionalOffsetCommit(let response) = answers[token] else { return nil }
        return response.firstError ?? KafkaErrorCode.none
    }

    func fetch(stable: Bool = false, all: Bool = false) -> OffsetFetchResponse.Partition? {
        let request = OffsetFetchRequest(
            groupID: "g", partitions: all ? nil : [TopicPartition("t", 0)], requiresStable: stable)
        guard case .offsetFetch(let response) = answers[send(.offsetFetch(request))] else { return nil }
        return response.partitions.first
    }

    /// One member alone, with an assignment.
    func settleOne(instance: String? = nil, host: String = "/10.0.0.1") -> JoinGroupResponse? {
        guard let joined = join(send(Self.joinRequest(instance: instance, host: host))) else { return nil }
        _ = sync(joined, instance: instance, gives: [joined.memberID: [1]])
        return joined
    }
}
