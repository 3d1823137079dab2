internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore

/// What answers, and their absence, do to what is under way.
extension ProduceQueue {
    /// What a broker says of one batch.
    struct Outcome {
        var error: KafkaErrorCode
        /// Of the first record; negative where the broker does not know it any more.
        var baseOffset: Int64 = -1
        var message: String?
    }

    /// The answer to an order; one that was dropped meanwhile is passed over.
    ///
    /// - Parameters:
    ///   - throttle: how long the broker wants to hear nothing.
    ///   - random: 64 random bits.
    mutating func answer(
        _ number: Int, _ outcomes: [TopicPartition: Outcome], throttle: Duration = .zero, now: MonotonicTime,
        random: UInt64
    ) {
        guard let order = orders.removeValue(forKey: number) else { return }
        release(order.broker)
        links[order.broker]?.failures = 0
        if throttle > .zero { mute(order.broker, until: now.advanced(by: throttle)) }
        for entry in order.entries {
            let missing = Outcome(error: .networkException, message: "the answer does not name the partition")
            settle(entry, outcomes[entry.partition] ?? missing, order.broker, now: now, random: random)
        }
    }

    /// The connection to a broker is gone, and with it the answers: whether batches got into the log shows when they
    /// are sent again.
    mutating func lost(_ broker: Int32, reason: String, now: MonotonicTime, random: UInt64) {
        let failures = (links[broker]?.failures ?? 0) + 1
        for (number, order) in orders.filter({ $0.value.broker == broker }).sorted(by: { $0.key < $1.key }) {
            orders[number] = nil
            for entry in order.entries {
                settle(
                    entry, Outcome(error: .networkException, message: reason), broker, now: now, random: random)
            }
        }
        links[broker] = Link(
            mutedUntil: now.advanced(by: limits.retry.delay(afterAttempt: failures, random: random)),
            failures: failures)
    }

    /// A broker that has not answered in time: its connection is of no use any more.
    func overdueBroker(now: MonotonicTime) -> Int32? {
        orders.values.first { $0.deadline <= now }?.broker
    }

    /// Gives up what has waited for too long.
    mutating func expire(now: MonotonicTime) {
        for index in waitingPartitions {
            if let since = partitions[index].missingSince, since.advanced(by: limits.missingTimeout) <= now {
                giveUp(index, .unknownTopic, "there is no such partition", .unknownTopicOrPartition) { _ in true }
            }
            giveUp(index, .retriable, "records were not acknowledged in time", .requestTimedOut) {
                $0.deadline <= now
            }
        }
    }

    // MARK: Parts

    private mutating func settle(
        _ entry: Entry, _ outcome: Outcome, _ broker: Int32, now: MonotonicTime, random: UInt64
    ) {
        let index = entry.index
        guard let place = partitions[index].index(underWay: entry.baseSequence) else { return }
        switch ProduceVerdict(outcome.error, isFirst: place == 0, isTransactional: isTransactional) {
        case .acknowledged:
            let batch = partitions[index].remove(at: place)
            heldBytes -= batch.buffer.count
            partitions[index].noteSuccess()
            guard outcome.baseOffset >= 0 else { break }
            let end = outcome.baseOffset + Int64(batch.recordCount)
            partitions[index].endOffset = max(partitions[index].endOffset ?? end, end)
        case .again(let asksLeader):
            putBack(index, place, outcome, asksLeader: asksLeader, broker, now: now, random: random)
        case .renew:
            hasGap = true
            putBack(index, place, outcome, asksLeader: false, broker, now: now, random: random)
        case .refused:
            let batch = partitions[index].remove(at: place)
            heldBytes -= batch.buffer.count
            let message = outcome.message.flatMap { $0.isEmpty ? nil : $0 } ?? outcome.error.explanation
            fail(ClusterError.Kind(wire: outcome.error), message, outcome.error, index)
        }
        // What waits behind it may go out now.
        if partitions[index].hasWaiting { list(index) }
    }

    private mutating func putBack(
        _ index: Int, _ place: Int, _ outcome: Outcome, asksLeader: Bool, _ broker: Int32, now: MonotonicTime,
        random: UInt64
    ) {
        var retryAt = now
        // Where the answer has named another leader there is nothing to wait for.
        if partitions[index].leader == broker || !asksLeader {
            // Those behind the first one say nothing new.
            if !partitions[index].isRepeating { partitions[index].noteFailure() }
            if asksLeader { staleTopics.insert(partitions[index].id.topic) }
            let attempt = partitions[index].failures
            retryAt = now.advanced(by: limits.retry.delay(afterAttempt: attempt, random: random))
        }
        waitingBytes += partitions[index].batches[place].buffer.count
        partitions[index].putBack(at: place, retryAt: retryAt)
        list(index)
    }

    private mutating func giveUp(
        _ index: Int, _ kind: ClusterError.Kind, _ message: String, _ code: KafkaErrorCode,
        where isOver: (QueuedBatch) -> Bool
    ) {
        while let place = partitions[index].batches.firstIndex(where: { !$0.isUnderWay && isOver($0) }) {
            let batch = partitions[index].remove(at: place)
            heldBytes -= batch.buffer.count
            waitingBytes -= batch.buffer.count
            fail(kind, message, code, index)
        }
    }

    private mutating func fail(
        _ kind: ClusterError.Kind, _ message: String, _ code: KafkaErrorCode, _ index: Int
    ) {
        hasGap = true
        if failure == nil {
            failure = ClusterError(kind, message, partition: partitions[index].id, code: code)
        }
    }

    private mutating func release(_ broker: Int32) { links[broker]?.underWay -= 1 }

    private mutating func mute(_ broker: Int32, until time: MonotonicTime) {
        let known = links[broker]?.mutedUntil ?? time
        links[broker]?.mutedUntil = max(known, time)
    }

    mutating func takeFailure() -> ClusterError? {
        defer { failure = nil }
        return failure
    }

    // MARK: Dropping

    /// Forgets all batches, those under way too: their answers are passed over when they come.
    ///
    /// - Returns: whether a broker may have one that it has not acknowledged, or will never get one whose sequence is
    ///   used up: the sequences cannot go on without a new epoch.
    mutating func drop() -> Bool {
        var isDirty = hasGap
        for order in orders.values { release(order.broker) }
        orders = [:]
        for index in partitions.indices {
            if partitions[index].drop() { isDirty = true }
        }
        heldBytes = 0
        waitingBytes = 0
        failure = nil
        hasGap = false
        return isDirty
    }
}
