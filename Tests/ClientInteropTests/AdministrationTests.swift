import Testing

/// Topics, configs, records and groups, through each client's own admin API.
@Suite("Clients of other people: administration", .needsClients)
struct AdministrationTests {
    private static let wanted = [
        "created again": "36", "listed": "true", "partitions": "3", "cleanup.policy": "compact,delete",
        "retention.ms": "123456", "cleanup.policy kept": "compact,delete", "partitions added": "5", "nodes": "1",
        "low watermark": "4", "earliest": "4", "latest": "10", "group listed": "true", "group state": "empty",
        "group offset": "7", "group offset reset": "5", "group listed after deletion": "false",
        "listed after deletion": "false",
    ]
    /// What the client's API has no call for.
    private static let left: [Client: Set<String>] = [
        .aiokafka: ["group offset reset", "group listed after deletion"],
        .kcat: Set(wanted.keys).subtracting(["listed", "nodes"]),
    ]

    @Test("topics are created, described, changed and deleted, and groups too")
    func administer() async throws {
        try await onOwnThread {
            let workshop = try Workshop()
            try workshop.create("by-kcat-topic")
            let clients = try Client.allCases.map { client in
                (client, try workshop.start(client, "administer", ["prefix": "by-\(client.rawValue)"]))
            }
            for (client, lines) in workshop.results(clients) {
                let facts = lines.facts
                let left = Self.left[client] ?? []
                for (name, value) in Self.wanted where !left.contains(name) {
                    #expect(facts[name] == value, "\(client): \(name)")
                }
            }
        }
    }
}
