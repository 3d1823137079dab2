internal import MillraceBroker
internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore
internal import MillraceProtocol

/// Carries out what the queue says, and brings it what has come.
extension NativeProducer {
    /// How often patience is looked at while everything goes well.
    private static let lookInterval = Duration.milliseconds(20)
    /// Most time of one wait for answers: then it is looked whether something else is due.
    private static let waitInterval = Duration.milliseconds(50)
    /// A look at who leads must not keep the owner for long: it comes again.
    private static let refreshTimeout = Duration.seconds(1)
    /// Partitions that join by being written came with 12; with 13 topics have no names any more.
    private static let newestWithNames: Int16 = 12
    private static let newestOfFirstVersion: Int16 = 11

    /// Does all that can be done without waiting for answers.
    func drive() throws(ClusterError) {
        do throws(ClusterError) {
            receive()
            let now = wire.now
            if now >= nextLook { try look(now) }
            try admitPartitions()
            while let order = queue.nextOrder(now: now) { try submit(order) }
            if let failure = queue.takeFailure() { throw failure }
        } catch {
            throw transaction.isOpen ? transaction.fail(error) : error
        }
    }

    /// Waits for an answer, or until something else is due, and goes on.
    func waitAndDrive() throws(ClusterError) {
        let now = wire.now
        let latest = now.advanced(by: NativeProducer.waitInterval)
        wire.wait(until: min(queue.nextDue(now: now) ?? latest, latest))
        nextLook = now
        try drive()
    }

    private func look(_ now: MonotonicTime) throws(ClusterError) {
        nextLook = now.advanced(by: NativeProducer.lookInterval)
        queue.expire(now: now)
        while let broker = queue.overdueBroker(now: now) {
            wire.disconnect(broker)
            queue.lost(broker, reason: "no answer in time", now: now, random: wire.random())
        }
        if queue.needsRenewal, !queue.hasUnderWay { try renewIdentity() }
        if now >= refreshAt { try refreshStaleTopics(now) }
    }

    // MARK: Requests and answers

    private func submit(_ order: ProduceQueue.Order) throws(ClusterError) {
        let entries = order.entries.count > 1 ? order.entries.sorted { $0.partition < $1.partition } : order.entries
        if isTransactional { transaction.start() }
        guard let address = leaders.address(of: order.broker) else {
            return queue.lost(order.broker, reason: "its address is not known", now: wire.now, random: wire.random())
        }
        let isFirstVersion = isTransactional && transaction.version == .v1
        do {
            try wire.submit(
                request(entries), records: entries.map(\.buffer), number: order.number, to: order.broker,
                at: address,
                newest: isFirstVersion ? NativeProducer.newestOfFirstVersion : NativeProducer.newestWithNames)
        } catch {
            queue.lost(order.broker, reason: error.description, now: wire.now, random: wire.random())
            nextLook = wire.now
            try throwIfHopeless(error)
        }
    }

    /// - Parameter entries: sorted by partition.
    private func request(_ entries: [ProduceQueue.Entry]) -> ProduceRequest {
        var request = ProduceRequest()
        request.transactionalID = configuration.transactionalID
        request.acks = -1
        request.timeoutMilliseconds = Int32(clamping: settings.replicationTimeout.wholeMilliseconds)
        for entry in entries {
            var partition = ProduceRequest.Partition()
            partition.partitionIndex = entry.partition.partition
            partition.records = .elsewhere(byteCount: entry.buffer.count)
            if request.topics.last?.name != entry.partition.topic {
                var topic = ProduceRequest.Topic()
                topic.name = entry.partition.topic
                request.topics.append(topic)
            }
            request.topics[request.topics.count - 1].partitions.append(partition)
        }
        return request
    }

    /// Takes what has come.
    func receive() {
        for event in wire.takeEvents() {
            let now = wire.now
            switch event {
            case .answered(let number, let response):
                queue.answer(
                    number, outcomes(of: response, now: now),
                    throttle: .milliseconds(Int64(response.throttleTimeMilliseconds)), now: now,
                    random: wire.random())
            case .lost(let broker, let error):
                queue.lost(broker, reason: error.description, now: now, random: wire.random())
            }
            if !queue.staleTopics.isEmpty || queue.needsRenewal { nextLook = now }
        }
    }

    private func outcomes(
        of response: ProduceResponse, now: MonotonicTime
    ) -> [TopicPartition: ProduceQueue.Outcome] {
        var outcomes: [TopicPartition: ProduceQueue.Outcome] = [:]
        for topic in response.topics {
            for partition in topic.partitions {
                let id = TopicPartition(topic.name, partition.partitionIndex)
                if partition.currentLeader.leaderID >= 0 { learn(partition.currentLeader, of: id, response, now) }
                outcomes[id] = ProduceQueue.Outcome(
                    error: partition.error, baseOffset: partition.baseOffset, message: partition.fullMessage)
            }
        }
        return outcomes
    }

    /// A broker that is not the leader any more names the next one (KIP-951).
    private func learn(
        _ leader: ProduceResponse.Leader, of id: TopicPartition, _ response: ProduceResponse, _ now: MonotonicTime
    ) {
        let endpoint = response.nodeEndpoints.first { $0.nodeID == leader.leaderID }
        let address = endpoint.flatMap { endpoint in
            UInt16(exactly: endpoint.port).map { BrokerAddress(host: endpoint.host, port: $0) }
        }
        leaders.learn(
            PartitionLeaders.Leader(broker: leader.leaderID, epoch: leader.leaderEpoch), of: id, at: address)
        if let index = queue.indexes[id] {
            queue.learn(index, leader: leaders.leader(of: id)?.broker, exists: true, now: now)
        }
    }

    // MARK: Leaders

    private func refreshStaleTopics(_ now: MonotonicTime) throws(ClusterError) {
        let topics = queue.takeStaleTopics().union(leaders.staleTopics)
        guard !topics.isEmpty else { return }
        do {
            try wire.refresh(&leaders, of: topics, timeout: NativeProducer.refreshTimeout)
            refreshFailures = 0
        } catch {
            refreshFailures += 1
            queue.staleTopics.formUnion(topics)
            try throwIfHopeless(error)
        }
        // Not again at once, whatever the answer: an election takes its time.
        let pause = settings.limits.retry.delay(afterAttempt: refreshFailures + 1, random: wire.random())
        refreshAt = wire.now.advanced(by: pause)
        learnLeaders(of: topics, now: wire.now)
    }

    private func learnLeaders(of topics: Set<String>, now: MonotonicTime) {
        for index in queue.partitions.indices where topics.contains(queue.partitions[index].id.topic) {
            let id = queue.partitions[index].id
            queue.learn(
                index, leader: leaders.leader(of: id)?.broker,
                exists: leaders.partitionCount(of: id.topic) ?? 0 > id.partition, now: now)
        }
    }

    /// The partition's index in the queue. A topic that was just made may not be known to all brokers yet.
    func target(for id: TopicPartition) throws(ClusterError) -> Int {
        if let index = queue.indexes[id], queue.partitions[index].missingSince == nil { return index }
        let deadline = wire.now.advanced(by: settings.unseenTopicTimeout)
        while leaders.partitionCount(of: id.topic) ?? 0 <= id.partition {
            try callingClient { () throws(ClientError) in
                try wire.refresh(&leaders, of: [id.topic], timeout: settings.requestTimeout)
            }
            if leaders.partitionCount(of: id.topic) ?? 0 > id.partition { break }
            let now = wire.now
            guard now < deadline else {
                throw ClusterError(
                    .unknownTopic, "there is no such partition", partition: id, code: .unknownTopicOrPartition)
            }
            wire.wait(until: now.advanced(by: settings.limits.retry.longest / 10))
            receive()
        }
        let index = queue.index(of: id)
        queue.learn(index, leader: leaders.leader(of: id)?.broker, exists: true, now: wire.now)
        return index
    }

    // MARK: Identity

    private func renewIdentity() throws(ClusterError) {
        let old = queue.identity
        // Such an epoch is the producer's own to raise (KIP-360).
        queue.use(
            old.epoch < .max
                ? ProducerIdentity(id: old.id, epoch: old.epoch + 1) : try initProducerID(presenting: .none))
    }

    /// What no other attempt will change.
    private func throwIfHopeless(_ error: ClientError) throws(ClusterError) {
        switch error {
        case .authentication, .unsupported: throw ClusterError(error)
        case .refused(let code, _, _) where !code.isRetriable: throw ClusterError(error)
        case .refused, .unreachable, .timedOut, .badAnswer: return
        }
    }
}

extension ProduceResponse.Partition {
    /// The broker's words, with those about single records (KIP-467).
    fileprivate var fullMessage: String? {
        guard error != .none else { return nil }
        let records = recordErrors.prefix(3).map { "record \($0.index): \($0.message ?? "refused")" }
        let parts = [errorMessage ?? ""] + records
        return parts.filter { !$0.isEmpty }.joined(separator: "; ")
    }
}
