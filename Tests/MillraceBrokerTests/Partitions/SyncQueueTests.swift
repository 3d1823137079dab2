import MillraceBroker
import MillraceCore
import MillraceSimulation
import Testing

/// Acknowledgements that wait for the disk (`Broker.whenDurable`).
@Suite("Acknowledging after a shared sync")
struct SyncQueueTests {
    private let deadline = Duration.seconds(20)

    private func broker(_ disk: any Disk, _ durability: Durability = .everyCommit) throws -> Broker {
        var configuration = BrokerConfiguration(dataDirectory: "/data", durability: durability)
        configuration.hasMaintenanceThread = false
        return try Broker(
            configuration, disk: disk, clock: ManualClock(Timestamp(1_000)), entropy: SeededEntropy(seed: 1))
    }

    private func partition(_ broker: Broker, _ topic: String = "a") throws -> Partition {
        if try broker.describeTopic(topic) == nil { try broker.createTopic(topic, partitionCount: 1) }
        return try broker.partition(TopicPartition(topic, 0))
    }

    private func append(_ broker: Broker, _ partition: Partition, _ text: String = "v") throws -> Offset {
        var builder = RecordBatchBuilder(capacity: 256)
        let bytes = Array(text.utf8)
        builder.append(timestamp: Timestamp(1), key: nil, value: bytes.span.bytes)
        builder.seal()
        return try broker.append(builder.bytes, to: partition).lastOffset.advanced(by: 1)
    }

    @Test("all who come while a sync is under way share the next one")
    func shared() throws {
        let disk = GatedDisk(SimulatedDisk(seed: 1))
        let broker = try broker(disk)
        let partition = try partition(broker)
        let answers = Monitor([BrokerError?]())
        disk.close("a-0")
        let first = try append(broker, partition)
        broker.whenDurable(partition, upTo: first) { failure in answers.update { $0.append(failure) } }
        #expect(disk.waitForSync(timeout: deadline))
        for _ in 0..<100 {
            let end = try append(broker, partition)
            broker.whenDurable(partition, upTo: end) { failure in answers.update { $0.append(failure) } }
        }
        #expect(answers.withLock { $0.isEmpty }, "nobody is answered before the sync")
        let before = disk.syncs(of: "a-0")
        disk.open()
        #expect(answers.wait(timeout: deadline) { $0.count == 101 })
        #expect(answers.withLock { $0.allSatisfy { $0 == nil } })
        #expect(disk.syncs(of: "a-0") - before == 1)
        // What is durable already is answered at once.
        let seen = Monitor(false)
        broker.whenDurable(partition, upTo: first) { _ in seen.update { $0 = true } }
        #expect(seen.withLock { $0 })
        try broker.close()
    }

    @Test("a slow file holds up only those who wait for it")
    func otherPartitions() throws {
        let disk = GatedDisk(SimulatedDisk(seed: 2))
        let broker = try broker(disk)
        let a = try partition(broker, "a")
        let b = try partition(broker, "b")
        let answers = Monitor([String]())
        disk.close("a-0")
        let ends = [(partition: a, end: try append(broker, a)), (partition: b, end: try append(broker, b))]
        broker.whenDurable(ends) { failures in
            answers.update { $0.append(failures.isEmpty ? "both" : "\(failures)") }
        }
        #expect(disk.waitForSync(timeout: deadline))
        broker.whenDurable(b, upTo: try append(broker, b)) { _ in answers.update { $0.append("b") } }
        #expect(answers.wait(timeout: deadline) { $0 == ["b"] })
        disk.open()
        #expect(answers.wait(timeout: deadline) { $0 == ["b", "both"] })
        try broker.close()
    }

    @Test("flush.messages does not make a server's thread wait for the disk")
    func flushMessages() throws {
        let disk = GatedDisk(SimulatedDisk(seed: 3))
        let broker = try broker(disk, .system)
        try broker.createTopic("a", partitionCount: 1, configuration: ["flush.messages": "2"])
        let partition = try partition(broker)
        var builder = RecordBatchBuilder(capacity: 256)
        let value: [UInt8] = [1]
        builder.append(timestamp: Timestamp(1), key: nil, value: value.span.bytes)
        builder.seal()
        let batch = [UInt8](copying: builder.bytes)
        disk.close("a-0")
        let appended = Monitor([AppendedRecords]())
        _ = SystemThread.start(name: "loop") {
            for _ in 0..<2 {
                guard
                    let records = try? broker.produce(
                        batch.span.bytes, to: partition, transactionalID: nil, version: 9)
                else { return }
                appended.update { $0.append(records) }
            }
        }
        #expect(appended.wait(timeout: deadline) { $0.count == 2 }, "nobody has let the sync through")
        #expect(appended.withLock { $0.map(\.isFlushDue) } == [false, true])
        let answers = Monitor([[TopicPartition: BrokerError]]())
        broker.whenSynced([(partition, Offset(2))]) { failures in answers.update { $0.append(failures) } }
        #expect(disk.waitForSync(timeout: deadline))
        #expect(answers.withLock { $0.isEmpty })
        disk.open()
        #expect(answers.wait(timeout: deadline) { $0 == [[:]] })
        try broker.close()
    }

    @Test("what was acknowledged is there after a power cut right then", arguments: 0..<20 as Range<UInt64>)
    func powerCut(seed: UInt64) throws {
        let disk = SimulatedDisk(seed: seed)
        let broker = try broker(disk)
        let partition = try partition(broker)
        let pictures = Monitor([(end: Offset, disk: SimulatedDisk)]())
        for index in 0..<30 {
            let end = try append(broker, partition, "v\(index)")
            broker.whenDurable(partition, upTo: end) { _ in
                let picture = disk.snapshotAfterCrash(seed: seed + UInt64(index))
                pictures.update { $0.append((end, picture)) }
            }
        }
        #expect(pictures.wait(timeout: deadline) { $0.count == 30 })
        try broker.close()
        for (end, picture) in pictures.withLock({ $0 }) {
            let found = try self.partition(try self.broker(picture)).bounds().highWatermark
            #expect(found >= end, "seed \(seed)")
        }
    }

    @Test("a failed sync is told to all who waited, and to all who come later")
    func failure() throws {
        let disk = SimulatedDisk(seed: 3)
        let broker = try broker(disk)
        let partition = try partition(broker)
        let end = try append(broker, partition)
        disk.fail(.sync, pathSuffix: "a-0/00000000000000000000.log")
        let answers = Monitor([KafkaErrorCode?]())
        for _ in 0..<2 {
            let count = answers.withLock { $0.count }
            broker.whenDurable(partition, upTo: end) { failure in answers.update { $0.append(failure?.code) } }
            #expect(answers.wait(timeout: deadline) { $0.count == count + 1 })
        }
        #expect(answers.withLock { $0 } == [.kafkaStorageError, .kafkaStorageError])
    }

    @Test("under other durabilities nobody waits", arguments: [Durability.interval(.seconds(1)), .system])
    func noWait(durability: Durability) throws {
        let disk = SimulatedDisk(seed: 4)
        let broker = try broker(disk, durability)
        let partition = try partition(broker)
        let before = disk.syncCount
        let seen = Monitor(false)
        broker.whenDurable(partition, upTo: try append(broker, partition)) { _ in seen.update { $0 = true } }
        #expect(seen.withLock { $0 })
        #expect(disk.syncCount == before)
    }

    @Test("many threads are each answered once, closing answers those who still wait, then all are refused")
    func threads() throws {
        let broker = try broker(SimulatedDisk(seed: 5))
        let partitions = try ["a", "b", "c", "d", "e", "f"].map { try partition(broker, $0) }
        let answered = Monitor(0)
        let threads = (0..<4).map { number in
            SystemThread.start(name: "appender") {
                for index in 0..<300 {
                    let partition = partitions[(number + index) % partitions.count]
                    guard let end = try? append(broker, partition) else { return }
                    broker.whenDurable(partition, upTo: end) { failure in
                        if failure == nil { answered.update { $0 += 1 } }
                    }
                }
            }
        }
        for thread in threads { #expect(thread.join(timeout: deadline)) }
        try broker.close()
        #expect(answered.withLock { $0 } == 1_200)
        let refused = Monitor(KafkaErrorCode?.none)
        broker.whenDurable(partitions[0]) { failure in refused.update { $0 = failure?.code } }
        #expect(refused.withLock { $0 } == .coordinatorNotAvailable)
    }
}
