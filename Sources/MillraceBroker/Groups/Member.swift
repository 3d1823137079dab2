import MillraceCore

/// One member of a group as its coordinator sees it. Pure; owned by its `Group`.
struct Member: Hashable, Sendable {
    /// What the member has asked and not been told yet.
    enum Waiting: Hashable, Sendable {
        case nothing
        case join(ReplyToken)
        case sync(ReplyToken)
    }

    var memberID: String
    let groupInstanceID: String?
    var clientID: String
    var clientHost: String
    var sessionTimeout: Duration
    var rebalanceTimeout: Duration
    /// Most wanted first.
    var protocols: [JoinGroupProtocol]
    var assignment: [UInt8] = []
    var waiting = Waiting.nothing
    /// In its first rebalance.
    var isNew = true
    /// Has asked for its assignment in this generation.
    var hasSynced = false
    /// When it counts as gone; nil while it waits for an answer that only the group can give.
    var sessionDeadline: MonotonicTime?

    init(memberID: String, request: JoinGroupRequest) {
        self.memberID = memberID
        groupInstanceID = request.groupInstanceID
        clientID = request.clientID
        clientHost = request.clientHost
        sessionTimeout = request.sessionTimeout
        rebalanceTimeout = request.rebalanceTimeout
        protocols = request.protocols
    }

    /// A member as the log remembers it: of its protocols only the chosen one is known.
    init(logged: GroupMetadataValue.Member, protocolName: String?) {
        memberID = logged.memberID
        groupInstanceID = logged.groupInstanceID
        clientID = logged.clientID
        clientHost = logged.clientHost
        sessionTimeout = .milliseconds(logged.sessionTimeoutMilliseconds)
        rebalanceTimeout = .milliseconds(logged.rebalanceTimeoutMilliseconds)
        protocols = [JoinGroupProtocol(name: protocolName ?? "", metadata: logged.subscription)]
        assignment = logged.assignment
        isNew = false
        hasSynced = true
    }

    var isStatic: Bool { groupInstanceID != nil }

    var awaitsJoin: Bool { if case .join = waiting { true } else { false } }

    func metadata(for protocolName: String?) -> [UInt8] {
        protocols.first { $0.name == protocolName }?.metadata ?? []
    }

    /// Starts the session again.
    mutating func touch(_ now: CoordinatorTime) {
        guard waiting == .nothing else { return }
        sessionDeadline = now.monotonic.advanced(by: sessionTimeout)
    }

    /// Answers what the member waits for and starts its session.
    mutating func answer(_ response: GroupResponse, now: CoordinatorTime, into decision: inout GroupDecision) {
        switch waiting {
        case .nothing: return
        case .join(let token), .sync(let token): decision.reply(token, response)
        }
        waiting = .nothing
        touch(now)
    }

    /// Answers whatever the member waits for with an error.
    mutating func refuse(_ error: KafkaErrorCode, now: CoordinatorTime, into decision: inout GroupDecision) {
        switch waiting {
        case .nothing: return
        case .join: answer(.join(JoinGroupResponse(error: error, memberID: memberID)), now: now, into: &decision)
        case .sync: answer(.sync(SyncGroupResponse(error: error)), now: now, into: &decision)
        }
    }

    /// Takes a join: an older one that still waits is answered, so that no caller waits for ever.
    mutating func awaitJoin(
        _ token: ReplyToken, newcomerTimeout: Duration, now: CoordinatorTime, into decision: inout GroupDecision
    ) {
        refuse(.rebalanceInProgress, now: now, into: &decision)
        waiting = .join(token)
        sessionDeadline = isNew ? now.monotonic.advanced(by: newcomerTimeout) : nil
    }

    mutating func awaitSync(_ token: ReplyToken, now: CoordinatorTime, into decision: inout GroupDecision) {
        refuse(.rebalanceInProgress, now: now, into: &decision)
        waiting = .sync(token)
        sessionDeadline = nil
    }
}
