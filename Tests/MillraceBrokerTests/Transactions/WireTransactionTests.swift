import MillraceBroker
import MillraceCore
import MillraceSimulation
import Testing

/// Transactions of clients over the wire, of both versions (PROTOCOL.md §2.2 32–38).
@Suite("Transactions over the wire")
struct WireTransactionTests {
    private func fixture(_ disk: any Disk = SimulatedDisk(seed: 1)) throws -> WireFixture { try WireFixture(disk) }

    private func refusal(_ body: () throws -> Void) -> KafkaErrorCode? {
        do {
            try body()
            return KafkaErrorCode.none
        } catch {
            return (error as? BrokerError)?.code
        }
    }

    @Test("commits count and aborts do not, one version after the other", arguments: 0..<8 as Range<UInt64>)
    func commitAndAbort(seed: UInt64) throws {
        let fixture = try fixture()
        var random = SeededGenerator(seed: seed)
        var client = try fixture.client()
        var expected: [String] = []
        for round in 0..<12 {
            let sends = random.once(in: 2) ? TransactionVersion.v1 : .v2
            let ends = random.once(in: 2) ? TransactionVersion.v1 : .v2
            let before = client.producer
            try client.send("\(round)", to: fixture.a, sends)
            try client.send("\(round)+", to: fixture.a, sends)
            try client.send("\(round)", to: fixture.b, sends)
            try client.sendOffset("\(round)", of: TopicPartition("in", 0), sends)
            let isCommit = random.once(in: 2)
            try client.end(isCommit ? .commit : .abort, ends)
            #expect((client.producer == before) == (ends == .v1))
            if isCommit { expected += ["\(round)", "\(round)+"] }
            #expect(try fixture.committed(fixture.a) == expected, "seed \(seed)")
        }
        #expect(try fixture.committed(fixture.b) == expected.filter { !$0.hasSuffix("+") })
        let offset = try fixture.broker.committedOffsets(
            of: [TopicPartition("in", 0)], group: "g", requiresStable: true)
        #expect(offset.first?.metadata == expected.last.map { String($0.dropLast()) } ?? "")
    }

    @Test("a partition that has not been added is refused in words that the version knows")
    func verification() throws {
        let fixture = try fixture()
        var client = try fixture.client()
        let expected: [(Int16, KafkaErrorCode)] = [(9, .invalidTransactionState), (11, .transactionAbortable)]
        for (version, code) in expected {
            #expect(refusal { try client.produce("x", to: fixture.a, version: version) } == code)
        }
        #expect(client.add([fixture.b]) == [.none])
        #expect(refusal { try client.produce("x", to: fixture.a, version: 9) } == .invalidTransactionState)
        for (version, code) in [(3, .invalidTransactionState), (4, .transactionAbortable)] as [(Int16, KafkaErrorCode)]
        {
            let request = TransactionalOffsetCommitRequest(
                transactionalID: "t", producer: client.producer, caller: GroupCaller(groupID: "g"),
                offsets: [OffsetCommitPartition(partition: fixture.a, offset: .zero)])
            #expect(refusal { _ = try fixture.broker.commitOffsets(request, version: version) } == code)
        }
        try client.produce("kept", to: fixture.b, version: 9)
        #expect(try fixture.stableEnd(fixture.a) == 0)
        try client.end(.commit, .v1)
        // What comes after the end would open a transaction that nobody ends.
        #expect(refusal { try client.produce("late", to: fixture.b, version: 9) } == .invalidTransactionState)
        #expect(try fixture.committed(fixture.b) == ["kept"])
        #expect(try fixture.stableEnd(fixture.b) == 2)
    }

    @Test("a batch outside the open transaction of its producer is refused, a transactional one without its id too")
    func outside() throws {
        let fixture = try fixture()
        var client = try fixture.client()
        try client.send("in", to: fixture.a, .v2)
        #expect(
            refusal { try client.produce("out", to: fixture.a, version: 12, transactional: false) }
                == .invalidTransactionState)
        var builder = RecordBatchBuilder(capacity: 256)
        builder.append(timestamp: Timestamp(1), key: nil, value: [UInt8(1)].span.bytes)
        builder.seal(producer: client.producer, baseSequence: 1, isTransactional: true)
        let partition = try fixture.broker.partition(fixture.a)
        #expect(
            refusal { _ = try fixture.broker.produce(builder.bytes, to: partition, transactionalID: nil, version: 12) }
                == .invalidTransactionState)
    }

    @Test("if one partition cannot be added none is")
    func addPartitions() throws {
        let fixture = try fixture()
        var client = try fixture.client()
        let missing = TopicPartition("a", 7)
        #expect(
            client.add([fixture.a, missing, fixture.b]) == [
                .operationNotAttempted, .unknownTopicOrPartition, .operationNotAttempted,
            ])
        #expect(try fixture.broker.describeTransaction("t").status == .empty)
        #expect(client.add([fixture.b, fixture.a, fixture.b]) == [.none, .none, .none])
        let described = try fixture.broker.describeTransaction("t")
        #expect(described.status == .ongoing && described.partitions == [fixture.a, fixture.b])
        func verify(_ version: Int16) -> [KafkaErrorCode] {
            fixture.broker.addPartitionsToTransaction(
                [fixture.a, missing], transactionalID: "t", producer: client.producer, isVerification: true,
                version: version)
        }
        #expect(verify(4) == [.none, .invalidTransactionState])
        #expect(verify(5) == [.none, .transactionAbortable])
        let stranger = ProducerIdentity(id: 99, epoch: 0)
        #expect(
            fixture.broker.addPartitionsToTransaction(
                [fixture.a], transactionalID: "t", producer: stranger, version: 3) == [.invalidProducerIDMapping])
        try client.send("x", to: fixture.a, .v2)
    }

    @Test("a repeated EndTxn is answered alike, the opposite is refused", arguments: [TransactionVersion.v1, .v2])
    func repetition(version: TransactionVersion) throws {
        let fixture = try fixture()
        var client = try fixture.client()
        try client.send("x", to: fixture.a, version)
        var again = client
        try client.end(.commit, version)
        try again.end(.commit, version)
        #expect(again.producer == client.producer)
        var opposite = try fixture.client("u")
        try opposite.send("y", to: fixture.a, version)
        let other = opposite
        try opposite.end(.abort, version)
        var late = other
        let code = refusal { try late.end(.commit, version) }
        #expect(code == (version == .v1 ? .invalidTransactionState : .producerFenced))
        #expect(try fixture.committed(fixture.a) == ["x"])
    }

    @Test("a new incarnation fences the old one, whose words are those of its versions")
    func fencing() throws {
        let fixture = try fixture()
        var zombie = try fixture.client()
        try zombie.send("lost", to: fixture.a, .v1)
        var client = try fixture.client()
        #expect(try fixture.stableEnd(fixture.a) == 2, "what was open is aborted")
        for version in [9, 12] as [Int16] {
            #expect(refusal { try zombie.produce("late", to: fixture.a, version: version) } == .invalidProducerEpoch)
        }
        #expect(zombie.add([fixture.a], version: 1) == [.invalidProducerEpoch])
        #expect(zombie.add([fixture.a], version: 2) == [.producerFenced])
        for (version, code) in [(1, .invalidProducerEpoch), (2, .producerFenced)] as [(Int16, KafkaErrorCode)] {
            let producer = zombie.producer
            let refused = refusal {
                _ = try fixture.broker.endTransaction(
                    .commit, transactionalID: "t", producer: producer, requestVersion: version)
            }
            #expect(refused == code)
        }
        for (version, code) in [(3, .invalidProducerEpoch), (4, .producerFenced)] as [(Int16, KafkaErrorCode)] {
            let producer = zombie.producer
            let refused = refusal {
                _ = try fixture.broker.initProducerID(
                    transactionalID: "t", timeoutMilliseconds: 1_000, presented: producer, version: version)
            }
            #expect(refused == code)
        }
        try client.send("kept", to: fixture.a, .v2)
        try client.end(.commit, .v2)
        #expect(try fixture.committed(fixture.a) == ["kept"])
    }

    @Test(
        "a time-out aborts; the client goes on once it has initialised again", arguments: [TransactionVersion.v1, .v2])
    func timeout(version: TransactionVersion) throws {
        let fixture = try fixture()
        var client = try fixture.client()
        try client.send("slow", to: fixture.a, version)
        fixture.clock.advance(by: .seconds(61))
        fixture.broker.tick(now: fixture.clock.now())
        #expect(try fixture.stableEnd(fixture.a) == 2)
        #expect(refusal { try client.end(.commit, version) } == .producerFenced)
        #expect(refusal { try client.produce("late", to: fixture.a, version: 12) } == .invalidProducerEpoch)
        try client.initialize(presenting: true)
        try client.send("fast", to: fixture.a, version)
        try client.end(.commit, version)
        #expect(try fixture.committed(fixture.a) == ["fast"])
    }

    @Test("an idle transactional id is forgotten after a week")
    func idle() throws {
        let fixture = try fixture()
        let client = try fixture.client()
        fixture.clock.advance(by: .seconds(7 * 86_400))
        fixture.broker.tick(now: fixture.clock.now())
        #expect(client.add([fixture.a]) == [.invalidProducerIDMapping])
        #expect(refusal { _ = try fixture.broker.describeTransaction("t") } == .transactionalIDNotFound)
    }

    @Test("an idempotent producer gets an id of its own each time")
    func idempotent() throws {
        let fixture = try fixture()
        let ids = try (0..<3).map { _ in
            try fixture.broker.initProducerID(transactionalID: nil, timeoutMilliseconds: -1, version: 4)
        }
        #expect(Set(ids.map(\.id)).count == 3 && ids.allSatisfy { $0.epoch == 0 })
        let half = refusal {
            _ = try fixture.broker.initProducerID(
                transactionalID: nil, timeoutMilliseconds: -1, presented: ProducerIdentity(id: 3, epoch: -1),
                version: 4)
        }
        #expect(half == .invalidRequest)
    }

    @Test(
        "after a kill a client at rest goes on, one in a transaction has to begin anew",
        arguments: 0..<6 as Range<UInt64>)
    func kill(seed: UInt64) throws {
        let disk = SimulatedDisk(seed: seed)
        let version = seed.isMultiple(of: 2) ? TransactionVersion.v1 : .v2
        var resting: WireClient
        var busy: WireClient
        do {
            let fixture = try fixture(disk)
            resting = try fixture.client("resting")
            busy = try fixture.client("busy")
            for round in 0..<3 {
                try resting.send("r\(round)", to: fixture.a, version)
                try resting.end(round == 1 ? .abort : .commit, version)
            }
            try busy.send("open", to: fixture.a, version)
            disk.killProcess()
        }
        let fixture = try fixture(disk)
        resting.broker = fixture.broker
        busy.broker = fixture.broker
        #expect(try fixture.committed(fixture.a) == ["r0", "r2"])
        try resting.send("r3", to: fixture.a, version)
        try resting.end(.commit, version)
        #expect(refusal { try busy.send("more", to: fixture.a, version) } != KafkaErrorCode.none)
        try busy.initialize(presenting: seed < 3)
        try busy.send("again", to: fixture.a, version)
        try busy.end(.commit, version)
        #expect(try fixture.committed(fixture.a) == ["r0", "r2", "r3", "again"])
    }
}
