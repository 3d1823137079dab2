internal import MillraceCore
internal import MillraceLog

/// One partition of `__consumer_offsets` with its group coordinator: decide, log, apply, answer. From any thread;
/// requests run on the thread that asks, and answers to others go to their inboxes.
final class GroupShard: @unchecked Sendable {
    // Sendable: `lock` guards all variables. Threads: those of clients and the maintenance thread.
    private let lock = Lock()
    let partition: Partition
    /// Rings when a member joins, leaves or is dropped.
    let bell = MembershipBell()
    private let clock: any Clock
    private let topics: TopicTable
    private let transactionShard: @Sendable (String) -> TransactionShard
    private var coordinator: GroupCoordinator
    private var inboxes: [ReplyToken: any GroupReplyReceiver] = [:]
    private var nextToken: UInt64 = 0
    private var isClosed = false
    private var builder = RecordBatchBuilder(capacity: 1_024)

    init(
        partition: Partition, clock: any Clock, entropy: any Entropy, topics: TopicTable,
        configuration: GroupConfiguration, transactionShard: @escaping @Sendable (String) -> TransactionShard
    ) {
        self.partition = partition
        self.clock = clock
        self.topics = topics
        self.transactionShard = transactionShard
        coordinator = GroupCoordinator(configuration: configuration, seed: entropy.next())
    }

    // MARK: Requests

    /// Asks; the answer comes to `inbox` under the returned token, perhaps before this returns. What the disk refuses
    /// is answered there too.
    func submit(_ request: GroupRequest, to inbox: any GroupReplyReceiver) throws(BrokerError) -> ReplyToken {
        try ask(request, answering: inbox).token
    }

    /// Asks what is answered at once: everything but joining and syncing.
    func call(_ request: GroupRequest) throws(BrokerError) -> GroupResponse {
        let inbox = GroupInbox(signal: WakeSignal())
        let (token, failure) = try ask(request, answering: inbox)
        if let failure { throw failure }
        guard let reply = inbox.takeAll().first(where: { $0.token == token }) else {
            throw BrokerError(.unknownServerError, "the group coordinator has not answered \(request)")
        }
        return reply.response
    }

    private func ask(
        _ request: GroupRequest, answering inbox: any GroupReplyReceiver
    ) throws(BrokerError) -> (token: ReplyToken, failure: BrokerError?) {
        lock.lock()
        defer { lock.unlock() }
        guard !isClosed else { throw .closed }
        nextToken += 1
        let token = ReplyToken(nextToken)
        inboxes[token] = inbox
        lookAtTopics()
        let failure = perform(coordinator.decide(request, token: token, now: time), for: request)
        switch request {
        case .join, .leave: bell.ring()
        default: break
        }
        return (token, failure)
    }

    /// Fires what is due.
    func tick(now: Timestamp) {
        lock.lock()
        defer { lock.unlock() }
        guard !isClosed else { return }
        lookAtTopics()
        // What cannot be logged because the disk is full is tried again at the next tick.
        let decision = coordinator.expire(now: time)
        _ = perform(decision, for: nil)
        if !decision.replies.isEmpty || !decision.entries.isEmpty { bell.ring() }
    }

    /// Forgets what groups have committed of a topic that has been deleted.
    func forgetOffsets(of topic: String) throws(BrokerError) {
        lock.lock()
        defer { lock.unlock() }
        while !isClosed {
            let decision = coordinator.forgetOffsets(of: topic)
            if decision.entries.isEmpty { return }
            if let failure = perform(decision, for: nil) { throw failure }
        }
    }

    /// Writes a transaction's marker, and makes its offsets count or forgets them.
    func endTransaction(
        _ outcome: TransactionOutcome, producer: ProducerIdentity, coordinatorEpoch: Int32 = 0, now: Timestamp
    ) throws(BrokerError) {
        lock.lock()
        defer { lock.unlock() }
        try partition.appendMarker(outcome, producer: producer, coordinatorEpoch: coordinatorEpoch, now: now)
        coordinator.applyMarker(producerID: producer.id, outcome)
    }

    func close() {
        lock.withLock { isClosed = true }
    }

    private var time: CoordinatorTime {
        CoordinatorTime(wall: clock.now(), monotonic: MonotonicTime(nanoseconds: clock.monotonicNanoseconds()))
    }

    // MARK: Steps, all called with the lock held

    private func lookAtTopics() {
        if let changed = topics.groupTopics(ifNewerThan: coordinator.topics.version) { coordinator.topics = changed }
    }

    /// Logs, applies and answers; returns why it could not.
    private func perform(_ decision: GroupDecision, for request: GroupRequest?) -> BrokerError? {
        if !decision.entries.isEmpty {
            do {
                try append(decision, for: request)
            } catch {
                deliver(coordinator.notLogged(decision, error.code, now: time).replies)
                return error
            }
            for entry in decision.entries { coordinator.apply(entry, producer: decision.producer) }
        }
        deliver(decision.replies)
        return nil
    }

    private func deliver(_ replies: [GroupReply]) {
        for reply in replies { inboxes.removeValue(forKey: reply.token)?.put(reply) }
    }

    private func append(_ decision: GroupDecision, for request: GroupRequest?) throws(BrokerError) {
        let now = clock.now()
        builder.reset()
        for entry in decision.entries {
            let key = entry.encodedKey()
            if let value = entry.encodedValue() {
                unsafe builder.append(timestamp: now, key: key.span.bytes, value: value.span.bytes)
            } else {
                unsafe builder.append(timestamp: now, key: key.span.bytes, value: nil)
            }
        }
        guard let producer = decision.producer, case .transactionalOffsetCommit(let commit)? = request else {
            builder.seal()
            try partition.appendByCoordinator(builder, now: now)
            return
        }
        builder.seal(producer: producer, isTransactional: true)
        let transactions = transactionShard(commit.transactionalID)
        let id = partition.id
        try partition.appendByCoordinator(builder, now: now) {
            transactions.refusalToWrite(
                transactionalID: commit.transactionalID, producer: producer, partition: id)
        }
    }
}

// MARK: Opening

extension GroupShard {
    /// Replays the log, before the shard is used. Members that lived in the process that is gone are dropped.
    func replay() throws(BrokerError) {
        lock.lock()
        defer { lock.unlock() }
        try LogReplay.forEachRecord(in: partition) { (header, slot, writer) throws(RecordError) in
            guard let key = slot.key else { return }
            if header.attributes.isControl {
                guard let value = slot.value else { return }
                let control = try ControlRecord(
                    key: writer.bytes.extracting(key), value: writer.bytes.extracting(value))
                coordinator.applyMarker(producerID: header.producer.id, control.outcome)
                return
            }
            let keyBytes = [UInt8](copying: writer.bytes.extracting(key))
            var valueBytes: [UInt8]?
            if let value = slot.value { valueBytes = [UInt8](copying: writer.bytes.extracting(value)) }
            do {
                let entry = try GroupLogEntry.decode(key: keyBytes, value: valueBytes)
                coordinator.apply(entry, producer: header.attributes.isTransactional ? header.producer : nil)
            } catch {
                throw .malformed("\(error)")
            }
        }
        if let failure = perform(coordinator.completeReplay(droppingEmbedded: true, now: time), for: nil) {
            throw failure
        }
    }
}
