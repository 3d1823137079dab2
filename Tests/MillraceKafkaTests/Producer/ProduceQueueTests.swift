import MillraceClient
import MillraceCluster
import MillraceCore
import Testing

@testable import MillraceKafka

@Suite("The queue of batches that no broker has acknowledged")
struct ProduceQueueTests {
    private let a0 = TopicPartition("a", 0)
    private let a1 = TopicPartition("a", 1)
    private let start = MonotonicTime(milliseconds: 1_000)

    private func queue(
        transactional: Bool = false, _ configure: (inout ProduceQueue.Limits) -> Void = { _ in }
    ) -> ProduceQueue {
        var limits = ProduceQueue.Limits()
        limits.retry.first = .milliseconds(10)
        configure(&limits)
        var queue = ProduceQueue(limits, isTransactional: transactional)
        queue.use(ProducerIdentity(id: 7, epoch: 0))
        for (id, leader) in [(a0, Int32(1)), (a1, Int32(2))] {
            let index = queue.index(of: id)
            queue.learn(index, leader: leader, exists: true, now: start)
            queue.partitions[index].noteSuccess()
        }
        return queue
    }

    /// Batches of two records each.
    private func add(_ count: Int, to id: TopicPartition, of queue: inout ProduceQueue) {
        let index = queue.index(of: id)
        for _ in 0..<count {
            var builder = RecordBatchBuilder()
            for _ in 0..<2 { builder.append(timestamp: Timestamp(1), key: nil, value: nil) }
            builder.seal(producer: queue.identity, baseSequence: queue.partitions[index].nextSequence)
            let buffer = SharedBuffer(capacity: 64)
            builder.moveBytes(to: buffer)
            queue.add(buffer, recordCount: 2, to: index, deadline: start.advanced(by: .seconds(60)))
        }
    }

    private func orders(_ queue: inout ProduceQueue, at now: MonotonicTime) -> [ProduceQueue.Order] {
        var orders: [ProduceQueue.Order] = []
        while let order = queue.nextOrder(now: now) { orders.append(order) }
        return orders
    }

    private func answer(
        _ order: ProduceQueue.Order, _ error: KafkaErrorCode, offset: Int64 = -1, of queue: inout ProduceQueue,
        at now: MonotonicTime
    ) {
        let outcome = ProduceQueue.Outcome(error: error, baseOffset: offset)
        queue.answer(
            order.number, Dictionary(uniqueKeysWithValues: order.entries.map { ($0.partition, outcome) }), now: now,
            random: 0)
    }

    @Test("one batch a partition in a request, partitions of one leader together, five requests to a broker")
    func requests() {
        var queue = queue()
        queue.learn(queue.index(of: a1), leader: 1, exists: true, now: start)
        add(7, to: a0, of: &queue)
        add(2, to: a1, of: &queue)
        let sent = orders(&queue, at: start)
        #expect(sent.map { $0.entries.map(\.partition).sorted() } == [[a0, a1], [a0, a1], [a0], [a0], [a0]])
        #expect(sent.map { $0.entries.first { $0.partition == a0 }?.baseSequence } == [0, 2, 4, 6, 8])
        answer(sent[0], .none, offset: 100, of: &queue, at: start)
        let next = orders(&queue, at: start)
        #expect(next.map { $0.entries.map(\.baseSequence) } == [[10]])
        #expect(queue.partitions[0].endOffset == 102)
    }

    @Test("what has failed is sent again before all that is behind it, once nothing of the partition is under way")
    func again() {
        var queue = queue()
        add(4, to: a0, of: &queue)
        let sent = orders(&queue, at: start)
        answer(sent[0], .none, offset: 0, of: &queue, at: start)
        answer(sent[1], .requestTimedOut, of: &queue, at: start)
        answer(sent[2], .outOfOrderSequenceNumber, of: &queue, at: start)
        let early = orders(&queue, at: start.advanced(by: .seconds(1)))
        #expect(early.isEmpty)
        answer(sent[3], .outOfOrderSequenceNumber, of: &queue, at: start)
        // Not before the pause.
        let paused = orders(&queue, at: start)
        #expect(paused.isEmpty)
        #expect(queue.nextDue(now: start).map { $0 > start } == true)
        let again = orders(&queue, at: start.advanced(by: .milliseconds(10)))
        #expect(again.map { $0.entries.map(\.baseSequence) } == [[2], [4], [6]])
        // The first had got there: the broker knows where it lies.
        answer(again[0], .none, offset: 2, of: &queue, at: start)
        answer(again[1], .duplicateSequenceNumber, of: &queue, at: start)
        #expect(queue.partitions[0].endOffset == 4)
        answer(again[2], .none, offset: 6, of: &queue, at: start)
        let failure = queue.takeFailure()
        #expect(queue.isEmpty && failure == nil)
        #expect(queue.partitions[0].endOffset == 8)
    }

    @Test("a lost connection puts everything of that broker back, and nothing of others")
    func lost() {
        var queue = queue()
        add(2, to: a0, of: &queue)
        add(1, to: a1, of: &queue)
        let sent = orders(&queue, at: start)
        queue.lost(1, reason: "gone", now: start, random: 0)
        let stale = queue.takeStaleTopics()
        #expect(stale == ["a"])
        answer(sent[0], .none, offset: 5, of: &queue, at: start)  // Of a connection that is gone.
        #expect(queue.partitions[0].endOffset == nil)
        let later = start.advanced(by: .seconds(1))
        let repeated = orders(&queue, at: later)
        #expect(repeated.flatMap(\.entries).map(\.baseSequence) == [0, 2])
        #expect(queue.orders.values.filter { $0.broker == 2 }.count == 1)
    }

    @Test("a new leader gets nothing before the old one has answered; one that is named gets it without a pause")
    func leaders() {
        var queue = queue()
        add(2, to: a0, of: &queue)
        guard let first = queue.nextOrder(now: start) else { return #expect(Bool(false), "nothing to send") }
        queue.learn(0, leader: 2, exists: true, now: start)
        let early = queue.nextOrder(now: start)
        #expect(early == nil)
        answer(first, .notLeaderOrFollower, of: &queue, at: start)
        let moved = orders(&queue, at: start)
        #expect(moved.map(\.broker) == [2, 2])
        let stale = queue.takeStaleTopics()
        #expect(stale.isEmpty)
    }

    @Test("a broker that has forgotten the producer: all goes again by a new epoch from 0, sealed anew (KIP-360)")
    func renewal() throws {
        var queue = queue()
        add(3, to: a0, of: &queue)
        add(1, to: a1, of: &queue)
        let sent = orders(&queue, at: start)
        answer(sent[0], .none, offset: 0, of: &queue, at: start)
        answer(sent[1], .unknownProducerID, of: &queue, at: start)
        #expect(queue.needsRenewal && queue.hasUnderWay)
        for order in sent.dropFirst(2) { answer(order, .outOfOrderSequenceNumber, of: &queue, at: start) }
        #expect(!queue.hasUnderWay)
        let unrenewed = orders(&queue, at: start.advanced(by: .seconds(9)))
        #expect(unrenewed.isEmpty)
        queue.use(ProducerIdentity(id: 7, epoch: 1))
        // What a broker has not heard of goes alone at first.
        let first = orders(&queue, at: start.advanced(by: .seconds(9)))
        #expect(first.map { $0.entries.map(\.baseSequence) } == [[0], [0]])
        for order in first { answer(order, .none, offset: 2, of: &queue, at: start) }
        let again = first + orders(&queue, at: start.advanced(by: .seconds(9)))
        for entry in again.flatMap(\.entries) {
            let header = try RecordBatchHeader(from: entry.buffer.bytes)
            #expect(header.producer == ProducerIdentity(id: 7, epoch: 1))
            #expect(header.baseSequence == entry.baseSequence)
            try header.verifyChecksum(of: entry.buffer.bytes)
        }
        #expect(again.flatMap(\.entries).filter { $0.partition == a0 }.map(\.baseSequence) == [0, 2])
    }

    @Test(
        "a transaction with a batch that is refused sends nothing more; what was never sent frees its sequences",
        arguments: [
            KafkaErrorCode.messageTooLarge, .invalidRecord, .outOfOrderSequenceNumber, .transactionAbortable,
            .invalidProducerEpoch, .topicAuthorizationFailed,
        ])
    func refused(error: KafkaErrorCode) {
        var queue = queue(transactional: true)
        queue.isFlushing = true
        add(7, to: a0, of: &queue)
        let sent = orders(&queue, at: start)
        answer(sent[0], error, of: &queue, at: start)
        let failure = queue.takeFailure()
        #expect(failure?.code == error)
        let next = queue.nextOrder(now: start.advanced(by: .seconds(1)))
        #expect(next == nil)
        let isDirty = queue.drop()
        #expect(isDirty)
        #expect(queue.isEmpty && !queue.hasUnderWay)
        #expect(queue.partitions[0].nextSequence == 10)
    }

    @Test("within a transaction small batches wait for others, and for partitions to be admitted where that is needed")
    func holding() {
        var queue = queue(transactional: true)
        queue.holdBytes = 200
        queue.needsAdmission = true
        add(1, to: a0, of: &queue)
        let held = queue.nextOrder(now: start)
        #expect(held == nil && queue.awaitingAdmission().isEmpty)
        add(3, to: a0, of: &queue)
        #expect(queue.awaitingAdmission() == [0])
        let unadmitted = queue.nextOrder(now: start)
        #expect(unadmitted == nil)
        queue.admit([0])
        let admitted = queue.nextOrder(now: start)
        #expect(admitted?.entries.count == 1)
        queue.isFlushing = true
        let flushed = orders(&queue, at: start)
        #expect(flushed.count == 3)
        queue.endAdmission()
        let isDirty = queue.drop()
        #expect(isDirty)
    }

    @Test("what is not acknowledged in time is given up, and so is a partition that is not there")
    func patience() {
        var queue = queue { $0.missingTimeout = .seconds(5) }
        add(1, to: a0, of: &queue)
        queue.learn(0, leader: nil, exists: false, now: start)
        queue.expire(now: start.advanced(by: .seconds(4)))
        let early = queue.takeFailure()
        #expect(early == nil)
        queue.expire(now: start.advanced(by: .seconds(5)))
        let missing = queue.takeFailure()
        #expect(missing?.kind == .unknownTopic)
        queue.use(ProducerIdentity(id: 7, epoch: 1))
        add(1, to: a1, of: &queue)
        queue.expire(now: start.advanced(by: .seconds(60)))
        let late = queue.takeFailure()
        #expect(late?.kind == .retriable)
        #expect(queue.isEmpty && queue.needsRenewal)
    }

    @Test("a broker that does not answer is found, and one with a quota is left alone for so long")
    func slowBrokers() {
        var queue = queue { $0.requestTimeout = .seconds(3) }
        add(2, to: a0, of: &queue)
        guard let order = queue.nextOrder(now: start) else { return #expect(Bool(false), "nothing to send") }
        #expect(queue.overdueBroker(now: start.advanced(by: .seconds(2))) == nil)
        #expect(queue.overdueBroker(now: start.advanced(by: .seconds(3))) == 1)
        queue.answer(
            order.number, [a0: ProduceQueue.Outcome(error: .none, baseOffset: 0)], throttle: .seconds(2), now: start,
            random: 0)
        let muted = queue.nextOrder(now: start.advanced(by: .seconds(1)))
        #expect(muted == nil)
        let next = queue.nextOrder(now: start.advanced(by: .seconds(2)))
        #expect(next != nil)
    }
}
