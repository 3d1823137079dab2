import MillraceBroker
import MillraceCore
import MillraceSimulation
import Testing

/// The broker compacts the topics that ask for it, by itself.
@Suite("Compaction by the broker")
struct BrokerCompactionTests {
    private let clock = ManualClock(Timestamp(1_000_000))

    private func broker(_ disk: SimulatedDisk, _ durability: Durability) throws -> Broker {
        var configuration = BrokerConfiguration(dataDirectory: "/data", durability: durability)
        configuration.hasMaintenanceThread = false
        configuration.retentionInterval = .seconds(10)
        return try Broker(configuration, disk: disk, clock: clock, entropy: SeededEntropy(seed: 5))
    }

    /// Every key's last value, and how many bytes were read for it.
    private func fold(_ partition: Partition) throws -> (values: [String: String], bytes: Int) {
        var values: [String: String] = [:]
        var bytes = 0
        var writer = ByteWriter()
        let bounds = try partition.bounds()
        var offset = bounds.logStart
        while offset < bounds.lastStableOffset {
            writer.removeAll()
            let fetch = try partition.fetch(
                from: offset, maxBytes: 1 << 20, isolation: .readCommitted, into: &writer)
            bytes += fetch.bytes.count
            var position = fetch.bytes.lowerBound
            while position < fetch.bytes.upperBound {
                let header = try RecordBatchHeader(from: writer.bytes, at: position)
                var cursor = RecordCursor(header: header, recordsAt: position + RecordBatchHeader.byteCount)
                while !header.attributes.isControl, let slot = try cursor.next(in: writer.bytes) {
                    guard let key = slot.key else { continue }
                    values[writer.bytes.extracting(key).lossyUTF8] = slot.value.map {
                        writer.bytes.extracting($0).lossyUTF8
                    }
                }
                position += header.totalByteCount
            }
            #expect(fetch.nextOffset > offset, "a reader gets on")
            guard fetch.nextOffset > offset else { break }
            offset = fetch.nextOffset
        }
        return (values, bytes)
    }

    @Test(
        "a changelog written in transactions shrinks to its keys and says the same, after power losses too",
        arguments: [Durability.everyCommit, .system])
    func changelogShrinks(durability: Durability) throws {
        let disk = SimulatedDisk(seed: 9)
        var broker = try broker(disk, durability)
        let id = TopicPartition("app-store-changelog", 0)
        try broker.createTopic(
            id.topic, partitionCount: 1, configuration: ["cleanup.policy": "compact", "segment.bytes": "4096"])
        var expected: [String: String] = [:]
        var written = 0
        for round in 0..<3 {
            var producer = try broker.initializeProducer(transactionalID: "app", timeout: .seconds(60))
            var sequence: Int32 = 0
            for transaction in 0..<60 {
                try broker.addToTransaction([id], transactionalID: "app", producer: producer)
                var builder = RecordBatchBuilder()
                for index in 0..<10 {
                    let key = Array("k\((transaction * 7 + index) % 23)".utf8)
                    let value = Array("\(round)-\(transaction)-\(index)".utf8)
                    builder.append(timestamp: clock.now(), key: key.span.bytes, value: value.span.bytes)
                    if transaction % 5 != 0 {
                        expected[String(decoding: key, as: UTF8.self)] = "\(round)-\(transaction)-\(index)"
                    }
                }
                builder.seal(producer: producer, baseSequence: sequence, isTransactional: true)
                written += builder.byteCount
                let partition = try broker.partition(id)
                _ = try broker.append(builder.bytes, to: partition, transactionalID: "app", producer: producer)
                sequence += 10
                let outcome: TransactionOutcome = transaction % 5 == 0 ? .abort : .commit
                let next = try broker.endTransaction(outcome, transactionalID: "app", producer: producer)
                if next != producer { sequence = 0 }
                producer = next
            }
            clock.advance(by: .seconds(20))
            broker.tick(now: clock.now())
            let folded = try fold(try broker.partition(id))
            #expect(folded.values == expected, "round \(round)")
            #expect(folded.bytes < 16_000, "\(written) bytes became \(folded.bytes)")
            disk.killProcess()
            if durability == .everyCommit { disk.crash() }
            broker = try self.broker(disk, durability)
            #expect(try fold(try broker.partition(id)).values == expected, "round \(round), opened again")
        }
        try broker.close()
    }
}
