internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore
internal import MillraceProtocol

/// The fetching of a consumer's records, without sockets, threads and clock: what to ask which broker next, and what
/// its answers mean. One request is under way to each leader; it names all partitions that the broker leads, that have
/// a position, and of which nothing waits to be taken. Owned by `NativeReader`, which performs the actions and brings
/// what comes of them. Pure.
///
/// Rules: Kafka's protocol guide, "Fetch API"; KIP-74 (order and limits), KIP-98 (aborted transactions), KIP-219
/// (throttling), KIP-320 (leader epochs, logs that are cut back), KIP-516 (topic ids), KIP-951 (new leaders in errors).
struct PartitionFetches {
    /// What is to be done at the rim.
    enum Action {
        /// `learn(_:of:now:)` brings the answer.
        case askLeaders(of: Set<String>)
        /// `connected` or `notConnected` says what came of it.
        case connect(Int32, BrokerAddress)
        /// `take` brings the answer, `lost` says that there will be none.
        case send(FetchRequest, newest: Int16?, to: Int32)
        case disconnect(Int32)
    }

    let limits: FetchLimits
    let entropy: any Entropy
    private(set) var leaders = PartitionLeaders()
    var partitions: [PartitionFetch] = []
    private(set) var places: [TopicPartition: Int] = [:]
    var lanes: [Int32: LeaderLane] = [:]
    /// Where the next poll begins, so that a full partition does not starve the ones behind it.
    private var turn = 0
    private var isAsking = false
    private var askAfter: MonotonicTime?
    private var askAttempts = 0
    private var lastRequest: UInt64 = 0
    /// Of the cluster as a whole; told at the next poll.
    var failure: ClusterError?
    /// When `step` has something to do at the latest; nil while only an answer moves it on.
    private(set) var nextStep: MonotonicTime?

    init(_ limits: FetchLimits, entropy: any Entropy) {
        self.limits = limits
        self.entropy = entropy
    }

    // MARK: What is read

    var withoutPosition: [TopicPartition] { partitions.filter { $0.position == nil }.map(\.id) }

    subscript(_ id: TopicPartition) -> PartitionFetch? { places[id].map { partitions[$0] } }

    mutating func assign(_ ids: [TopicPartition]) {
        partitions = ids.map { id in
            var partition = self[id] ?? PartitionFetch(id)
            partition.assignAgain()
            partition.leader = leaders.leader(of: id)
            return partition
        }
        places = [:]
        for (place, id) in ids.enumerated() { places[id] = place }
        turn = 0
    }

    mutating func seek(_ id: TopicPartition, to offset: Int64) -> Bool {
        guard let place = places[id] else { return false }
        partitions[place].seek(to: offset)
        return true
    }

    mutating func setPaused(_ id: TopicPartition, _ isPaused: Bool) {
        if let place = places[id] { partitions[place].isPaused = isPaused }
    }

    // MARK: What has come

    /// What polls bring: of each partition what is held, each in its turn, up to the limit of a poll.
    mutating func takeHeld() -> [FetchedRecords] {
        var taken: [FetchedRecords] = []
        var remaining = limits.pollBytes
        let first = turn
        for step in partitions.indices where remaining > 0 {
            let place = (first + step) % partitions.count
            guard let records = partitions[place].takeHeld() else { continue }
            remaining -= records.byteCount
            taken.append(records)
            turn = (place + 1) % partitions.count
        }
        return taken
    }

    /// Of the cluster, or of a partition that is not paused. It is told once; then the partition is asked for again.
    mutating func takeFailure() -> ClusterError? {
        if let failure {
            self.failure = nil
            return failure
        }
        guard let place = partitions.firstIndex(where: { $0.failure != nil && !$0.isPaused }) else { return nil }
        defer { partitions[place].failure = nil }
        return partitions[place].failure
    }

    /// Records that were taken and cannot be read: their partition goes back to where they began.
    mutating func refuse(_ records: FetchedRecords, _ error: RecordError) {
        guard let place = places[records.partition] else { return }
        partitions[place].refuse(records, .damaged(records.partition, at: records.start, error))
    }

    /// What paused partitions hold may lie for long; it is not to keep whole answers.
    mutating func setApart(_ pool: inout BufferPool) {
        for place in partitions.indices where partitions[place].isPaused && partitions[place].held != nil {
            partitions[place].setApart(&pool)
        }
    }

    // MARK: Steps

    /// Does what is due.
    mutating func step(now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        nextStep = nil
        giveUpSilentBrokers(now, &actions)
        failMissingTopics(now)
        if let topics = topicsToAsk(now) {
            isAsking = true
            actions.append(.askLeaders(of: topics))
        }
        for broker in brokersToAsk(now) { attend(to: broker, now, &actions) }
        return actions
    }

    private mutating func remember(_ time: MonotonicTime) { nextStep = min(nextStep ?? time, time) }

    private mutating func giveUpSilentBrokers(_ now: MonotonicTime, _ actions: inout [Action]) {
        for (broker, lane) in lanes {
            guard let deadline = lane.underWay?.deadline else { continue }
            if deadline <= now {
                lost(broker, now: now)
                actions.append(.disconnect(broker))
            } else {
                remember(deadline)
            }
        }
    }

    private mutating func failMissingTopics(_ now: MonotonicTime) {
        for place in partitions.indices {
            guard let since = partitions[place].missingSince else { continue }
            let end = since.advanced(by: limits.propagationTime)
            guard end <= now else {
                remember(end)
                continue
            }
            partitions[place].missingSince = nil
            partitions[place].failure = ClusterError(
                .unknownTopic, "there is no such topic or partition any more", partition: partitions[place].id,
                code: .unknownTopicOrPartition)
        }
    }

    /// Topics of partitions that are wanted and whose leader is not known, or was the leader.
    private mutating func topicsToAsk(_ now: MonotonicTime) -> Set<String>? {
        guard !isAsking else { return nil }
        let stale = leaders.staleTopics
        var topics: Set<String> = []
        for place in partitions.indices where partitions[place].leader == nil || !stale.isEmpty {
            let partition = partitions[place]
            guard partition.position != nil, partition.failure == nil else { continue }
            if partition.leader == nil || stale.contains(partition.id.topic) { topics.insert(partition.id.topic) }
        }
        guard !topics.isEmpty else { return nil }
        if let askAfter, now < askAfter {
            remember(askAfter)
            return nil
        }
        return topics
    }

    private mutating func brokersToAsk(_ now: MonotonicTime) -> [Int32] {
        var brokers: [Int32] = []
        for place in partitions.indices where partitions[place].wantsRecords {
            if let retryAt = partitions[place].retryAt, now < retryAt {
                remember(retryAt)
                continue
            }
            guard let broker = partitions[place].leader?.broker, !brokers.contains(broker) else { continue }
            brokers.append(broker)
        }
        return brokers
    }

    /// Connects to a leader, or asks it.
    private mutating func attend(to broker: Int32, _ now: MonotonicTime, _ actions: inout [Action]) {
        guard let address = leaders.address(of: broker) else { return }
        var lane = lanes[broker] ?? LeaderLane(address)
        defer { lanes[broker] = lane }
        if let notBefore = lane.notBefore {
            guard notBefore <= now else { return remember(notBefore) }
            lane.notBefore = nil
        }
        if lane.state == .open, lane.underWay == nil, lane.address != address {
            actions.append(.disconnect(broker))
            lane.state = .closed
        }
        switch lane.state {
        case .closed:
            lane.state = .connecting
            lane.address = address
            actions.append(.connect(broker, address))
        case .connecting: break
        case .open:
            guard lane.underWay == nil else { break }
            actions.append(ask(broker, &lane, now))
        }
    }

    /// All partitions of a leader that can be asked for, each in its turn.
    private mutating func ask(_ broker: Int32, _ lane: inout LeaderLane, _ now: MonotonicTime) -> Action {
        lastRequest += 1
        var draft = FetchDraft(limits)
        for step in partitions.indices {
            let place = (lane.turn + step) % partitions.count
            guard partitions[place].leader?.broker == broker, partitions[place].canBeAsked(now: now) else { continue }
            partitions[place].underWay = lastRequest
            draft.append(partitions[place], topicID: leaders.topicID(of: partitions[place].id.topic))
        }
        let deadline = now.advanced(by: limits.requestTimeout + limits.fetchWait)
        lane.underWay = draft.underWay(number: lastRequest, deadline: deadline)
        remember(deadline)
        return .send(draft.request, newest: draft.newest, to: broker)
    }

    // MARK: Leaders

    /// Takes the answer to `askLeaders`.
    mutating func learn(
        _ answer: Result<MetadataResponse, ClientError>, of topics: Set<String>, now: MonotonicTime
    ) {
        isAsking = false
        askAttempts += 1
        askAfter = now.advanced(by: limits.retry.delay(afterAttempt: askAttempts, random: entropy.next()))
        switch answer {
        case .failure(let error): note(error)
        case .success(let answer):
            leaders.take(answer, for: topics)
            for topic in answer.topics where topic.error != .none { take(topic.error, of: topic.name ?? "", now) }
            followLeaders()
            if partitions.allSatisfy({ $0.leader != nil }), leaders.staleTopics.isEmpty { askAttempts = 0 }
        }
    }

    /// What the cluster says of a topic in place of its leaders.
    private mutating func take(_ error: KafkaErrorCode, of topic: String, _ now: MonotonicTime) {
        for place in partitions.indices where partitions[place].id.topic == topic {
            if error == .unknownTopicOrPartition {
                partitions[place].missingSince = partitions[place].missingSince ?? now
            } else if !error.isRetriable {
                partitions[place].failure = .refused(error, partitions[place].id)
            }
        }
    }

    /// What no repetition will change is told.
    mutating func note(_ error: ClientError) {
        switch error {
        case .authentication, .unsupported: failure = ClusterError(error)
        case .unreachable, .timedOut, .refused, .badAnswer: break
        }
    }

    /// A broker that was taken for the leader says that another one is, and which.
    mutating func learn(
        _ leader: PartitionLeaders.Leader, of place: Int, at address: BrokerAddress?
    ) {
        leaders.learn(leader, of: partitions[place].id, at: address)
        partitions[place].follow(leaders.leader(of: partitions[place].id))
    }

    mutating func markStale(_ topic: String) { leaders.markStale(topic) }

    private mutating func followLeaders() {
        for place in partitions.indices { partitions[place].follow(leaders.leader(of: partitions[place].id)) }
    }
}

extension ClusterError {
    static func refused(_ code: KafkaErrorCode, _ partition: TopicPartition) -> ClusterError {
        ClusterError(.refused(code, subject: "\(partition)", message: nil), partition: partition)
    }

    static func damaged(_ partition: TopicPartition, at offset: Int64, _ error: RecordError) -> ClusterError {
        ClusterError(
            .storageFailed, "a damaged batch came at or after offset \(offset): \(error)", partition: partition,
            code: .corruptMessage)
    }
}
