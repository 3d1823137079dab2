import MillraceBroker
import MillraceCore
import MillraceSimulation
import Testing

@Suite("transaction coordinator")
struct TransactionCoordinatorTests {
    private let now = Timestamp(1_000)
    private let a = TopicPartition("a", 0)
    private let b = TopicPartition("b", 1)

    /// A coordinator with one id, initialised.
    private func initialised() -> (TransactionCoordinator, ProducerIdentity) {
        var coordinator = TransactionCoordinator()
        let producer = coordinator.run(
            coordinator.decideInitialize(
                transactionalID: "t", timeoutMilliseconds: 1_000, presented: nil, freshProducerID: 7, now: now))
        return (coordinator, producer ?? .none)
    }

    @Test("a new id gets a fresh producer id, a returning one the next epoch")
    func initialize() {
        var (coordinator, producer) = initialised()
        #expect(producer == ProducerIdentity(id: 7, epoch: 0))
        let next = coordinator.run(
            coordinator.decideInitialize(
                transactionalID: "t", timeoutMilliseconds: 1_000, presented: nil, freshProducerID: -1, now: now))
        #expect(next == ProducerIdentity(id: 7, epoch: 1))
        let fenced = coordinator.decideAdd([a], transactionalID: "t", producer: producer, now: now)
        #expect(fenced == .refuse(.producerFenced))
    }

    @Test("a commit raises the epoch, and its repetition is answered alike")
    func commit() {
        var (coordinator, producer) = initialised()
        coordinator.run(coordinator.decideAdd([b, a], transactionalID: "t", producer: producer, now: now))
        #expect(coordinator.transactions["t"]?.partitions == [a, b])
        let end = coordinator.decideEnd(.commit, transactionalID: "t", producer: producer, now: now)
        let next = coordinator.run(end)
        #expect(next == ProducerIdentity(id: 7, epoch: 1))
        #expect(coordinator.transactions["t"]?.status == .completeCommit)
        let again = coordinator.decideEnd(.commit, transactionalID: "t", producer: producer, now: now)
        #expect(again == .answer(ProducerIdentity(id: 7, epoch: 1)))
        let opposite = coordinator.decideEnd(.abort, transactionalID: "t", producer: producer, now: now)
        #expect(opposite == .refuse(.producerFenced))
    }

    @Test("nothing is decided while markers are being written")
    func preparing() {
        var (coordinator, producer) = initialised()
        coordinator.run(coordinator.decideAdd([a], transactionalID: "t", producer: producer, now: now))
        guard
            case .prepare(let entry) = coordinator.decideEnd(
                .commit, transactionalID: "t", producer: producer, now: now)
        else {
            Issue.record("an open transaction can be ended")
            return
        }
        coordinator.apply(entry)
        let add = coordinator.decideAdd([b], transactionalID: "t", producer: entry.producer, now: now)
        #expect(add == .refuse(.concurrentTransactions))
        let end = coordinator.decideEnd(.commit, transactionalID: "t", producer: producer, now: now)
        #expect(end == .refuse(.concurrentTransactions))
    }

    @Test("a transaction open for too long is aborted and its producer fenced")
    func timeout() {
        var (coordinator, producer) = initialised()
        coordinator.run(coordinator.decideAdd([a], transactionalID: "t", producer: producer, now: now))
        #expect(coordinator.nextDeadline == Timestamp(2_000))
        #expect(coordinator.overdue(at: Timestamp(1_999)) == [])
        #expect(coordinator.overdue(at: Timestamp(2_000)) == ["t"])
        if let decision = coordinator.decideTimeout(of: "t", now: Timestamp(2_000)) { coordinator.run(decision) }
        #expect(coordinator.transactions["t"]?.status == .completeAbort)
        let commit = coordinator.decideEnd(.commit, transactionalID: "t", producer: producer, now: now)
        #expect(commit == .refuse(.producerFenced))
    }

    @Test("a new incarnation aborts what the old one left open")
    func takeover() {
        var (coordinator, producer) = initialised()
        coordinator.run(coordinator.decideAdd([a], transactionalID: "t", producer: producer, now: now))
        let first = coordinator.decideInitialize(
            transactionalID: "t", timeoutMilliseconds: 1_000, presented: nil, freshProducerID: -1, now: now)
        guard case .prepare(let entry) = first else {
            Issue.record("expected an abort, not \(first)")
            return
        }
        #expect(entry.status == .prepareAbort)
        coordinator.run(first)
        let second = coordinator.run(
            coordinator.decideInitialize(
                transactionalID: "t", timeoutMilliseconds: 1_000, presented: nil, freshProducerID: -1, now: now))
        #expect(second == ProducerIdentity(id: 7, epoch: 2))
        #expect(
            coordinator.decideEnd(.abort, transactionalID: "t", producer: producer, now: now)
                == .refuse(.producerFenced))
    }

    @Test("when the epochs are used up, a fresh producer id takes over")
    func exhaustion() {
        var (coordinator, _) = initialised()
        let last = ProducerIdentity(id: 7, epoch: Int16.max - 2)
        coordinator.apply(
            TransactionMetadata(
                transactionalID: "t", producer: last, timeoutMilliseconds: 1_000, updatedAt: now))
        #expect(!coordinator.needsFreshProducerID("t"))
        coordinator.run(coordinator.decideAdd([a], transactionalID: "t", producer: last, now: now))
        let next = coordinator.run(
            coordinator.decideEnd(.commit, transactionalID: "t", producer: last, now: now), freshProducerID: 8)
        #expect(next == ProducerIdentity(id: 8, epoch: 0))
    }

    // MARK: Clients of version 1

    @Test("a client of version 1 goes on with its epoch, and its repetitions are answered alike")
    func version1() {
        var (coordinator, producer) = initialised()
        func end(_ outcome: TransactionOutcome) -> TransactionDecision {
            coordinator.decideEnd(outcome, transactionalID: "t", producer: producer, version: .v1, now: now)
        }
        #expect(end(.abort) == .refuse(.invalidTransactionState), "nothing has begun")
        for outcome in [TransactionOutcome.commit, .abort, .commit] {
            coordinator.run(coordinator.decideAdd([a], transactionalID: "t", producer: producer, now: now))
            guard case .prepare(let entry) = end(outcome) else { return _ = Issue.record("not ended") }
            coordinator.apply(entry)
            let opposite: TransactionOutcome = outcome == .commit ? .abort : .commit
            #expect(end(outcome) == .refuse(.concurrentTransactions))
            #expect(end(opposite) == .refuse(.invalidTransactionState))
            if let done = coordinator.completion(of: "t", freshProducerID: -1, now: now) { coordinator.apply(done) }
            #expect(coordinator.transactions["t"]?.producer == producer)
            #expect(end(outcome) == .answer(producer))
            #expect(end(opposite) == .refuse(.invalidTransactionState))
        }
    }

    @Test("the version is one of the request: a client may change it from one transaction to the next")
    func mixedVersions() {
        var (coordinator, producer) = initialised()
        for (version, epoch) in [(TransactionVersion.v1, 0), (.v2, 1), (.v2, 2), (.v1, 2), (.v1, 2), (.v2, 3)] {
            coordinator.run(coordinator.decideAdd([a], transactionalID: "t", producer: producer, now: now))
            let next = coordinator.run(
                coordinator.decideEnd(
                    .commit, transactionalID: "t", producer: producer, version: version, now: now))
            #expect(next == ProducerIdentity(id: 7, epoch: Int16(epoch)))
            #expect(coordinator.transactions["t"]?.isEpochShared == (version == .v1))
            producer = next ?? producer
        }
    }

    @Test("a time-out fences a client of version 1, which goes on once it presents its identity")
    func version1Timeout() {
        var (coordinator, producer) = initialised()
        coordinator.run(coordinator.decideAdd([a], transactionalID: "t", producer: producer, now: now))
        if let decision = coordinator.decideTimeout(of: "t", now: Timestamp(2_000)) { coordinator.run(decision) }
        for outcome in [TransactionOutcome.commit, .abort] {
            let end = coordinator.decideEnd(
                outcome, transactionalID: "t", producer: producer, version: .v1, now: now)
            #expect(end == .refuse(.producerFenced))
        }
        func initialize(_ presented: ProducerIdentity?) -> TransactionDecision {
            coordinator.decideInitialize(
                transactionalID: "t", timeoutMilliseconds: 1_000, presented: presented, freshProducerID: -1, now: now)
        }
        #expect(initialize(producer) == .answer(ProducerIdentity(id: 7, epoch: 1)))
        #expect(initialize(ProducerIdentity(id: 8, epoch: 0)) == .refuse(.producerFenced))
        // Once another incarnation has come, the old one is a zombie.
        coordinator.run(initialize(nil))
        #expect(initialize(producer) == .refuse(.producerFenced))
        #expect(initialize(ProducerIdentity(id: 7, epoch: 1)) == .refuse(.producerFenced))
        #expect(initialize(ProducerIdentity(id: 7, epoch: 2)) != .refuse(.producerFenced))
    }

    @Test("a client of version 2 that aborts nothing gets a new epoch for it")
    func abortOfNothing() {
        var (coordinator, producer) = initialised()
        for epoch in 1...3 as ClosedRange<Int16> {
            let abort = coordinator.decideEnd(.abort, transactionalID: "t", producer: producer, now: now)
            let next = coordinator.run(abort)
            #expect(next == ProducerIdentity(id: 7, epoch: epoch))
            let again = coordinator.decideEnd(.abort, transactionalID: "t", producer: producer, now: now)
            #expect(again == .answer(ProducerIdentity(id: 7, epoch: epoch)))
            producer = next ?? producer
        }
    }

    @Test("epochs of version 1 never run out by themselves")
    func version1Exhaustion() {
        var (coordinator, _) = initialised()
        let last = ProducerIdentity(id: 7, epoch: Int16.max - 1)
        coordinator.apply(
            TransactionMetadata(transactionalID: "t", producer: last, timeoutMilliseconds: 1_000, updatedAt: now))
        coordinator.run(coordinator.decideAdd([a], transactionalID: "t", producer: last, now: now))
        let next = coordinator.run(
            coordinator.decideEnd(.commit, transactionalID: "t", producer: last, version: .v1, now: now))
        #expect(next == last)
        let initialised = coordinator.run(
            coordinator.decideInitialize(
                transactionalID: "t", timeoutMilliseconds: 1_000, presented: last, freshProducerID: 8, now: now))
        #expect(initialised == ProducerIdentity(id: 8, epoch: 0))
    }

    @Test("a time-out longer than the broker allows is refused", arguments: [0, -1, 15 * 60 * 1_000 + 1] as [Int32])
    func timeoutRange(milliseconds: Int32) {
        let decision = TransactionCoordinator().decideInitialize(
            transactionalID: "t", timeoutMilliseconds: milliseconds, presented: nil, freshProducerID: 1, now: now)
        #expect(decision == .refuse(.invalidTransactionTimeout))
    }

    @Test("replaying the log gives the live state", arguments: 0..<100 as Range<UInt64>)
    func replay(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var live = TransactionCoordinator()
        var log: [TransactionMetadata] = []
        var producers: [String: ProducerIdentity] = [:]
        var freshID: Int64 = 100
        for step in 0..<200 {
            let id = ["x", "y", "z"].randomElement(using: &random) ?? "x"
            let time = Timestamp(Int64(step) * 100)
            let producer = producers[id] ?? .none
            freshID += 1
            let decision: TransactionDecision =
                switch Int.random(in: 0..<5, using: &random) {
                case 0:
                    live.decideInitialize(
                        transactionalID: id, timeoutMilliseconds: 1_000, presented: nil, freshProducerID: freshID,
                        now: time)
                case 1, 2:
                    live.decideAdd(
                        [TopicPartition("t", Int32.random(in: 0..<4, using: &random))], transactionalID: id,
                        producer: producer, now: time)
                case 3:
                    live.decideEnd(
                        .commit, transactionalID: id, producer: producer, version: random.once(in: 2) ? .v1 : .v2,
                        now: time)
                default: live.decideEnd(.abort, transactionalID: id, producer: producer, now: time)
                }
            if let next = live.run(decision, freshProducerID: freshID, log: &log) { producers[id] = next }
        }
        var replayed = TransactionCoordinator()
        for entry in log { replayed.apply(try entry.throughCodec()) }
        #expect(live == replayed, "seed \(seed)")
    }
}

extension TransactionMetadata {
    /// What comes back of an entry that is written and read.
    fileprivate func throughCodec() throws -> TransactionMetadata {
        var writer = ByteWriter()
        TransactionLogCodec.writeKey(transactionalID, into: &writer)
        let middle = writer.count
        TransactionLogCodec.writeValue(self, into: &writer)
        switch try TransactionLogCodec.read(key: 0..<middle, value: middle..<writer.count, in: writer.bytes) {
        case .set(let metadata): return metadata
        case .remove(let id): throw RecordError.malformed("removal of \(id)")
        }
    }
}

extension TransactionCoordinator {
    /// Does what a broker does about a decision, without a disk.
    @discardableResult
    fileprivate mutating func run(_ decision: TransactionDecision, freshProducerID: Int64 = -1) -> ProducerIdentity? {
        var log: [TransactionMetadata] = []
        return run(decision, freshProducerID: freshProducerID, log: &log)
    }

    fileprivate mutating func run(
        _ decision: TransactionDecision, freshProducerID: Int64, log: inout [TransactionMetadata]
    ) -> ProducerIdentity? {
        switch decision {
        case .refuse: return nil
        case .answer(let producer): return producer
        case .log(let entry):
            log.append(entry)
            apply(entry)
            return entry.producer
        case .prepare(let entry):
            log.append(entry)
            apply(entry)
            let end = completion(
                of: entry.transactionalID, freshProducerID: freshProducerID, now: entry.updatedAt)
            guard let end else { return nil }
            log.append(end)
            apply(end)
            return end.producer
        }
    }
}
