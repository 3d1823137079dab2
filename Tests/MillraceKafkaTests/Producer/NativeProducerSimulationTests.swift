import MillraceBroker
import MillraceCluster
import MillraceCore
import MillraceSimulation
import Testing

@testable import MillraceKafka

@Suite("A producer that sends whole batches, on a network that loses and brokers that move")
struct NativeProducerSimulationTests {
    private static let partitions = (0..<4).map { TopicPartition("lines", $0) }
    private static let seeds = 0..<25 as Range<UInt64>

    /// What a program believes of one of its transactions.
    private enum Belief { case committed, aborted, unknown }

    private struct Written {
        var belief: Belief
        /// By partition, the texts in their order.
        var texts: [TopicPartition: [String]] = [:]
    }

    private func makeBroker(_ seed: UInt64) throws -> Broker {
        let broker = try Broker(
            BrokerConfiguration(dataDirectory: "/data", durability: .system), disk: SimulatedDisk(seed: seed),
            clock: SystemClock(), entropy: SeededEntropy(seed: seed))
        try EmbeddedCluster(broker).admin.createTopic(
            TopicSpecification(name: "lines", partitionCount: Int32(Self.partitions.count)))
        return broker
    }

    private func producer(_ world: SimulatedWire.World, _ transactionalID: String? = "t") -> NativeProducer {
        var settings = ProducerSettings()
        settings.holdBytes = 200
        settings.requestBytes = 2_000
        return NativeProducer(
            ProducerConfiguration(
                transactionalID: transactionalID, clientID: "test", transactionTimeout: .seconds(600)),
            settings, SimulatedWire(world))
    }

    private func read(_ broker: Broker, _ partition: TopicPartition) throws -> [Sent] {
        let consumer = try EmbeddedCluster(broker).makeConsumer(ConsumerConfiguration(groupID: nil, clientID: "check"))
        try consumer.assign([partition])
        var records: [Sent] = []
        var fetched: [FetchedBatches] = []
        repeat {
            _ = try consumer.poll(maxWait: .zero, into: &fetched)
            for batches in fetched { records += try Sent.all(in: batches) }
        } while !fetched.isEmpty
        return records
    }

    // MARK: Transactions

    @Test(
        "a transaction is there as a whole, once and in order, or not at all",
        arguments: [TransactionVersion.v1, .v2], seeds)
    func transactions(version: TransactionVersion, seed: UInt64) throws {
        let broker = try makeBroker(seed)
        let world = SimulatedWire.World(
            broker, partitions: Self.partitions, version: version, chances: .init(), seed: seed)
        var dice = SeededGenerator(seed: seed &+ 1_000)
        var producer = producer(world)
        var zombies: [NativeProducer] = []
        try initialize(producer)
        var history: [Written] = []
        for number in 0..<30 {
            var written = Written(belief: .aborted)
            do {
                try run(producer, number, &written, &dice)
            } catch let error as ClusterError {
                #expect(
                    [.retriable, .transactionAbortable, .fenced].contains(error.kind),
                    "\(error.kind) \(error), seed \(seed)")
                // As the runtime: what is open is aborted, and another producer takes over.
                try? producer.abortTransaction()
                zombies.append(producer)
                producer = self.producer(world)
                try initialize(producer)
            }
            history.append(written)
            // A zombie that tries again is fenced, and nothing of it is seen.
            if let zombie = zombies.last, dice.once(in: 3) { expectFenced(zombie, seed) }
        }
        producer.close()
        try check(broker, history, seed)
        #expect(history.contains { $0.belief == .committed }, "seed \(seed)")
        try broker.close()
    }

    private func initialize(_ producer: NativeProducer) throws {
        for _ in 0..<20 {
            do { return try producer.initializeTransactions() } catch {
                guard error.kind == .retriable else { throw error }
            }
        }
    }

    private func run(
        _ producer: NativeProducer, _ number: Int, _ written: inout Written, _ dice: inout SeededGenerator
    ) throws {
        try producer.beginTransaction()
        for part in 0..<Int.random(in: 0...12, using: &dice) {
            let partition = Self.partitions.randomElement(using: &dice) ?? Self.partitions[0]
            let texts = (0..<Int.random(in: 1...8, using: &dice)).map { "\(number)/\(part)/\($0)" }
            try producer.send(texts.map { Sent(nil, $0) }, to: partition)
            written.texts[partition, default: []] += texts
            if dice.once(in: 6) { try producer.flush() }
            if dice.once(in: 6) { _ = try producer.advance() }
        }
        if dice.once(in: 2) {
            try producer.sendOffsets(
                [Self.partitions[0]: CommittedOffset(Offset(Int64(number)))],
                group: GroupMetadata(groupID: "g", generation: -1, memberID: ""))
        }
        if dice.once(in: 4) { return try producer.abortTransaction() }
        written.belief = .unknown
        do {
            try producer.commitTransaction()
        } catch {
            if error.kind != .retriable { written.belief = .aborted }
            throw error
        }
        written.belief = .committed
    }

    private func expectFenced(_ zombie: NativeProducer, _ seed: UInt64) {
        do {
            try? zombie.abortTransaction()
            try zombie.beginTransaction()
            try zombie.send([Sent(nil, "zombie")], to: Self.partitions[1])
            try zombie.commitTransaction()
            Issue.record("a zombie has committed, seed \(seed)")
        } catch {
            // Fenced where it got as far as the coordinator; else what it is told when it has been fenced before.
        }
    }

    private func check(_ broker: Broker, _ history: [Written], _ seed: UInt64) throws {
        // Of a transaction whose end is not known the log decides, for all its partitions alike.
        var present: [TopicPartition: [String]] = [:]
        for partition in Self.partitions {
            present[partition] = try read(broker, partition).map { String(decoding: $0.value ?? [], as: UTF8.self) }
        }
        let all = Set(present.values.joined())
        var expected: [TopicPartition: [String]] = [:]
        for written in history {
            let isThere =
                written.belief == .committed
                || written.belief == .unknown && written.texts.values.joined().contains(where: all.contains)
            if isThere { expected.merge(written.texts, uniquingKeysWith: +) }
        }
        for partition in Self.partitions {
            #expect(present[partition] ?? [] == expected[partition] ?? [], "\(partition), seed \(seed)")
        }
    }

    // MARK: Without transactions

    @Test("without transactions each record is there once and in order, and ends are exact", arguments: seeds)
    func idempotent(seed: UInt64) throws {
        let (present, sent, broker, producer) = try runPlain(seed, .init())
        for partition in Self.partitions {
            #expect(present[partition] ?? [] == sent[partition] ?? [], "\(partition), seed \(seed)")
            let end = try EmbeddedCluster(broker).admin.offset(of: partition, at: .latest(.readUncommitted))
            #expect(producer.endOffset(of: partition) ?? Offset(0) == end, "\(partition), seed \(seed)")
        }
        #expect(producer.queue.identity.epoch == 0, "seed \(seed)")
        try broker.close()
    }

    @Test("a producer that brokers forget goes on with a new epoch, and loses nothing (KIP-360)", arguments: seeds)
    func forgotten(seed: UInt64) throws {
        var chances = SimulatedWire.Chances()
        chances.unknownProducer = 10
        let (present, sent, broker, producer) = try runPlain(seed, chances)
        for partition in Self.partitions {
            var seen: Set<String> = []
            let firsts = (present[partition] ?? []).filter { seen.insert($0).inserted }
            #expect(firsts == sent[partition] ?? [], "\(partition), seed \(seed)")
        }
        #expect(producer.queue.identity.epoch > 0, "seed \(seed)")
        try broker.close()
    }

    private func runPlain(
        _ seed: UInt64, _ chances: SimulatedWire.Chances
    ) throws -> (
        present: [TopicPartition: [String]], sent: [TopicPartition: [String]], broker: Broker, producer: NativeProducer
    ) {
        let broker = try makeBroker(seed)
        let world = SimulatedWire.World(
            broker, partitions: Self.partitions, version: .v2, chances: chances, seed: seed)
        var dice = SeededGenerator(seed: seed &+ 2_000)
        let producer = producer(world, nil)
        var sent: [TopicPartition: [String]] = [:]
        for part in 0..<150 {
            let partition = Self.partitions.randomElement(using: &dice) ?? Self.partitions[0]
            let texts = (0..<Int.random(in: 1...5, using: &dice)).map { "\(part)/\($0)" }
            try producer.send(texts.map { Sent(nil, $0) }, to: partition)
            sent[partition, default: []] += texts
            if dice.once(in: 20) { try producer.flush() }
            if dice.once(in: 3) { producer.wire.wait(until: producer.wire.now.advanced(by: .milliseconds(3))) }
            if dice.once(in: 6) { _ = try producer.advance() }
        }
        try producer.flush()
        var present: [TopicPartition: [String]] = [:]
        for partition in Self.partitions {
            present[partition] = try read(broker, partition).map { String(decoding: $0.value ?? [], as: UTF8.self) }
        }
        return (present, sent, broker, producer)
    }
}
