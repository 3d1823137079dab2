import MillraceBroker
import MillraceCore
import MillraceSimulation
import Testing

/// What tools ask about transactions, and how they end those that nobody ends (KIP-664).
@Suite("Transactions as tools see them")
struct TransactionAdminTests {
    private func fixture(_ disk: any Disk = SimulatedDisk(seed: 1)) throws -> WireFixture { try WireFixture(disk) }

    @Test("transactions are listed by state, producer, duration and name")
    func list() throws {
        let fixture = try fixture()
        var open = try fixture.client("app-1")
        try open.send("x", to: fixture.a, .v1)
        fixture.clock.advance(by: .seconds(5))
        var done = try fixture.client("app-2")
        try done.send("x", to: fixture.b, .v1)
        try done.end(.commit, .v1)
        _ = try fixture.client("other")
        func names(_ change: (inout TransactionFilter) -> Void) throws -> [String] {
            var filter = TransactionFilter()
            change(&filter)
            return try fixture.broker.listTransactions(filter).map(\.transactionalID)
        }
        #expect(try names { _ in } == ["app-1", "app-2", "other"])
        #expect(try names { $0.states = ["Ongoing", "CompleteCommit"] } == ["app-1", "app-2"])
        #expect(try names { $0.producerIDs = [done.producer.id] } == ["app-2"])
        #expect(try names { $0.durationMilliseconds = 4_000 } == ["app-1"])
        #expect(try names { $0.durationMilliseconds = 6_000 } == [])
        #expect(try names { $0.matches = { $0.hasPrefix("app-") } } == ["app-1", "app-2"])
        var filter = TransactionFilter()
        filter.states = ["Ongoing", "Sleeping"]
        #expect(filter.unknownStates == ["Sleeping"])
    }

    @Test("a partition tells of its producers")
    func producers() throws {
        let fixture = try fixture()
        var client = try fixture.client()
        try client.send("x", to: fixture.a, .v1)
        try client.end(.commit, .v1)
        try client.send("y", to: fixture.a, .v1)
        let found = try fixture.broker.describeProducers(of: fixture.a)
        #expect(
            found == [
                ProducerDescription(
                    producer: client.producer, lastSequence: 1, lastTimestamp: fixture.clock.now(),
                    coordinatorEpoch: 0, transactionStart: Offset(2))
            ])
        #expect(throws: BrokerError.self) { try fixture.broker.describeProducers(of: TopicPartition("a", 9)) }
    }

    @Test(
        "a hanging transaction is ended by its marker alone, durably", arguments: [TransactionOutcome.abort, .commit])
    func marker(outcome: TransactionOutcome) throws {
        let disk = SimulatedDisk(seed: 2)
        let fixture = try fixture(disk)
        var client = try fixture.client()
        try client.send("x", to: fixture.a, .v1)
        let known = try #require(try fixture.broker.describeProducers(of: fixture.a).first)
        func write(_ epoch: Int16, version: Int8 = 0, to partition: TopicPartition? = nil) -> KafkaErrorCode {
            fixture.broker.writeTransactionMarker(
                outcome, producer: ProducerIdentity(id: known.producer.id, epoch: epoch), coordinatorEpoch: 0,
                transactionVersion: version, to: partition ?? fixture.a)
        }
        #expect(write(known.producer.epoch, to: TopicPartition("a", 9)) == .unknownTopicOrPartition)
        #expect(write(known.producer.epoch, to: TopicPartition("__transaction_state", 0)) == .invalidTopicException)
        #expect(write(known.producer.epoch, version: 2) == .invalidProducerEpoch, "version 2 raises epochs")
        #expect(write(-1) == .invalidProducerEpoch)
        #expect(try fixture.stableEnd(fixture.a) == 0)
        #expect(write(known.producer.epoch) == .none)
        #expect(try fixture.stableEnd(fixture.a) == 2)
        disk.crash()
        let reopened = try self.fixture(disk)
        #expect(try reopened.committed(reopened.a) == (outcome == .commit ? ["x"] : []))
    }

    @Test("offsets of a hanging transaction are ended the same way")
    func offsets() throws {
        let fixture = try fixture()
        var client = try fixture.client()
        let input = TopicPartition("in", 0)
        try client.sendOffset("pending", of: input, .v2)
        func fetched() throws -> String? {
            try fixture.broker.committedOffsets(of: [input], group: "g", requiresStable: true).first?.metadata
        }
        #expect(throws: BrokerError.self) { try fetched() }
        let code = fixture.broker.writeTransactionMarker(
            .commit, producer: client.producer, coordinatorEpoch: 0, to: fixture.broker.offsetsPartition(of: "g").id)
        #expect(code == .none)
        #expect(try fetched() == "pending")
    }

    @Test("while a transaction is being ended, a network thread is told to come again and is not held up")
    func busy() throws {
        let disk = GatedDisk(SimulatedDisk(seed: 3))
        let fixture = try fixture(disk)
        var client = try fixture.client()
        try client.send("x", to: fixture.a, .v2)
        disk.close("a-0")
        let ending = client
        let ended = Monitor(ProducerIdentity?.none)
        let thread = SystemThread.start(name: "worker") {
            let next = try? ending.broker.endTransaction(
                .commit, transactionalID: ending.id, producer: ending.producer, requestVersion: 5)
            ended.update { $0 = next }
        }
        #expect(disk.waitForSync(timeout: .seconds(20)))
        #expect(client.add([fixture.b]) == [.concurrentTransactions])
        for (version, code) in [(9, .notEnoughReplicas), (12, .concurrentTransactions)] as [(Int16, KafkaErrorCode)] {
            let refused = #expect(throws: BrokerError.self) {
                try client.produce("late", to: fixture.a, version: version)
            }
            #expect(refused?.code == code)
        }
        // Other transactions and other producers go on.
        var other = try fixture.client("u")
        try other.send("y", to: fixture.a, .v2)
        disk.open()
        #expect(thread.join(timeout: .seconds(20)))
        #expect(ended.withLock { $0 } == ProducerIdentity(id: client.producer.id, epoch: 1))
        #expect(try fixture.committed(fixture.a) == ["x"])
    }
}
