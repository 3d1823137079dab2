import Testing

/// Offsets by time, and offsets that are committed and found again.
@Suite("Clients of other people: positions", .needsClients)
struct PositionTests {
    @Test("offsets are found by time, and what follows them is read")
    func seek() async throws {
        try await onOwnThread {
            let workshop = try Workshop()
            try workshop.create("times", partitions: 3)
            // Numbers 0 to 29; partition 2 ends early.
            let records = Plans.numbered(30, partitions: 3).filter { $0.partition < 2 || $0.time < Plans.time(of: 9) }
            try workshop.produce(records, to: "times").finish()
            let words = ["topic": "times", "time": "\(Plans.time(of: 12) - 1)", "partitions": "3"]
            let seekers = try Client.allCases.map { ($0, try workshop.start($0, "seek", words)) }
            for (client, lines) in workshop.results(seekers) {
                let found = lines.filter { $0.word == "found" }.map { "\($0[1]) \($0[2])" }.sorted()
                #expect(found == ["0 4", "1 4", "2 -1"], "\(client)")
                let numbers = lines.records.map(\.text).sorted()
                let wanted = records.filter { $0.time >= Plans.time(of: 12) }.map { Bytes.text($0.value) }
                    .sorted()
                #expect(numbers == wanted, "\(client)")
            }
        }
    }

    @Test("a consumer goes on where it had committed, after the broker was restarted too")
    func resume() async throws {
        try await onOwnThread {
            let workshop = try Workshop()
            try workshop.create("resumed", partitions: 2)
            let records = Plans.numbered(20, partitions: 2)
            try workshop.produce(records, to: "resumed").finish()
            var seen: [String: [String]] = [:]
            for (round, count) in [(0, 7), (1, 13)] {
                let consumers = try GroupTests.flavors.map { flavor in
                    let name = flavor.testDescription
                    let words = ["topic": "resumed", "group": name, "count": "\(count)"].merging(flavor.words) { $1 }
                    return (name, try workshop.start(flavor.client, "consume", words))
                }
                for (name, lines) in workshop.results(consumers) {
                    #expect(lines.records.count == count, "\(name)")
                    seen[name, default: []] += lines.records.map(\.text)
                }
                if round == 0 { try workshop.broker.restart() }
            }
            for (name, texts) in seen {
                #expect(texts.sorted() == records.map { Bytes.text($0.value) }.sorted(), "\(name)")
            }
        }
    }

    @Test("a group that nobody is in changes its protocol and keeps its offsets")
    func change() async throws {
        try await onOwnThread {
            let workshop = try Workshop()
            try workshop.create("changing")
            let records = Plans.numbered(30)
            try workshop.produce(records, to: "changing").finish()
            var seen: [Client: [String]] = [:]
            for groupProtocol in ["classic", "consumer", "classic"] {
                let consumers = try [Client.java, .confluent].map { client in
                    let words = [
                        "topic": "changing", "group": client.rawValue, "count": "10", "protocol": groupProtocol,
                    ]
                    return (client, try workshop.start(client, "consume", words))
                }
                for (client, lines) in workshop.results(consumers) {
                    seen[client, default: []] += lines.records.map(\.text)
                }
            }
            for (client, texts) in seen { #expect(texts == records.map { Bytes.text($0.value) }, "\(client)") }
        }
    }
}
