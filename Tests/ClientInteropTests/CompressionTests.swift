import Testing

/// What one client writes, every client reads: with each compression, keys, headers, times and nulls.
@Suite("Clients of other people: compression", .needsClients)
struct CompressionTests {
    @Test("records that each client sends with each compression read the same by every client")
    func matrix() async throws {
        try await onOwnThread {
            let workshop = try Workshop()
            let plans = Self.plans
            try workshop.create("matrix", partitions: plans.count)
            let writers = try Client.allCases.map { client in
                let records = plans.filter { $0.client == client }.flatMap(\.records)
                return (client, try workshop.produce(records, to: "matrix", by: client))
            }
            for (client, lines) in workshop.results(writers) {
                let sent = lines.filter { $0.word == "sent" }
                guard client != .kcat else { continue }
                for plan in plans where plan.client == client {
                    let offsets = sent.filter { $0.number(1) == plan.partition }.map { $0.number(2) }
                    #expect(offsets == Array(plan.records.indices), "\(client) \(plan.codec)")
                }
            }
            let readers = try Client.allCases.map { ($0, try workshop.start($0, "read", ["topic": "matrix"])) }
            for (client, lines) in workshop.results(readers) {
                for plan in plans { Self.compare(plan, with: lines.records, by: client) }
            }
            try Self.lookAtFiles(workshop, plans)
        }
    }

    private struct PartitionPlan {
        let client: Client
        let codec: String
        let partition: Int
        let records: [PlannedRecord]
    }

    /// A partition for each client and compression.
    private static let plans: [PartitionPlan] = Client.allCases.enumerated().flatMap { row, client in
        Plans.codecs.enumerated().map { column, codec in
            let partition = row * Plans.codecs.count + column
            var records =
                client == .kcat
                ? Plans.plain(codec: codec, partition: partition) : Plans.every(codec: codec, partition: partition)
            // kafka-python reads headers without a value, and refuses to send them.
            if client == .kafkaPython { records.removeAll { $0.headers.contains("=-") } }
            return PartitionPlan(client: client, codec: codec, partition: partition, records: records)
        }
    }

    private static func compare(_ plan: PartitionPlan, with seen: [SeenRecord], by reader: Client) {
        let mine = seen.filter { $0.partition == plan.partition }
        #expect(mine.map(\.offset) == Array(plan.records.indices), "\(plan.client) \(plan.codec) read by \(reader)")
        for (record, planned) in zip(mine, plan.records) where !planned.matches(record) {
            Issue.record("\(plan.client) \(plan.codec) read by \(reader): \(planned) came as \(record)")
        }
    }

    /// Kafka's own record classes read our files, and find in them the compression that the client chose.
    private static func lookAtFiles(_ workshop: Workshop, _ plans: [PartitionPlan]) throws {
        try workshop.broker.stop()
        for plan in plans where plan.client == .java || plan.client == .kafkaPython {
            let directory = workshop.directory("matrix", plan.partition)
            let lines = try workshop.run(.java, "logs", ["directory": directory])
            let codecs = Set(lines.filter { $0.word == "batch" }.map { $0[3] })
            // kafka-python leaves a batch as it is where compressing makes it longer.
            #expect(codecs.contains(plan.codec), "\(plan.client) \(plan.codec)")
            #expect(codecs.isSubset(of: [plan.codec, "none"]), "\(plan.client) \(plan.codec)")
            #expect(lines.filter { $0.word == "stored" }.map { $0[4] } == plan.records.map(\.value))
        }
    }
}
