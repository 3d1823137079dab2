import Testing

/// Transactions of clients with both versions of the protocol, and what readers see of them.
@Suite("Clients of other people: transactions", .needsClients)
struct TransactionTests {
    @Test("readers see just what was committed; zombies are fenced")
    func transactions() async throws {
        try await onOwnThread {
            let workshop = try Workshop()
            try workshop.create("outcomes", partitions: 2)
            try workshop.create("source")
            try workshop.produce(Plans.numbered(20), to: "source").finish()
            let writers = try Client.transactional.map { client in
                let words = [
                    "topic": "outcomes", "source": "source", "id": client.rawValue, "group": "g-\(client.rawValue)",
                ]
                return (client, try workshop.start(client, "transact", words))
            }
            var committed: [String] = []
            var aborted: [String] = []
            for (client, lines) in workshop.results(writers) {
                committed += lines.all("committed")
                aborted += lines.all("aborted")
                #expect(lines.all("committed").count == 25, "\(client)")
                #expect(lines.all("aborted").count == 25, "\(client)")
                let fenced = lines.all("fenced").first?.lowercased() ?? ""
                #expect(fenced.contains("fenced") || fenced.contains("epoch"), "\(client): \(fenced)")
                #expect(lines.facts["offset in transactions"] == "5", "\(client)")
            }
            try Self.read(workshop, isolation: "read_committed", wanted: committed)
            try Self.read(workshop, isolation: "read_uncommitted", wanted: committed + aborted)
            try Self.lookAtFiles(workshop)
        }
    }

    private static func read(_ workshop: Workshop, isolation: String, wanted: [String]) throws {
        let words = ["topic": "outcomes", "isolation": isolation]
        let readers = try Client.allCases.map { ($0, try workshop.start($0, "read", words)) }
        for (client, lines) in workshop.results(readers) {
            #expect(lines.records.map(\.text).sorted() == wanted.sorted(), "\(client) \(isolation)")
        }
    }

    /// Kafka's own record classes find the markers: for each client three commits and three aborts.
    private static func lookAtFiles(_ workshop: Workshop) throws {
        try workshop.broker.stop()
        for partition in 0..<2 {
            let lines = try workshop.run(.java, "logs", ["directory": workshop.directory("outcomes", partition)])
            let markers = lines.filter { $0.word == "marker" }.map { $0[2] }
            #expect(markers.filter { $0 == "COMMIT" }.count == 3 * Client.transactional.count)
            #expect(markers.filter { $0 == "ABORT" }.count == 3 * Client.transactional.count)
        }
    }
}
