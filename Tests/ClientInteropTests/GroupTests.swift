import Glibc
import Testing

/// Groups of three whose members are killed and added while records flow.
@Suite("Clients of other people: groups", .needsClients)
struct GroupTests {
    struct Flavor: Sendable, CustomTestStringConvertible {
        let client: Client
        var groupProtocol = "classic"
        /// Of the classic protocol; nil for the client's default.
        var assignor: String?

        var testDescription: String { "\(client.rawValue), \(assignor ?? groupProtocol)" }
        /// What its program is told.
        var words: [String: String] {
            var words = ["protocol": groupProtocol]
            words["assignor"] = assignor
            return words
        }
    }

    static let flavors = [
        Flavor(client: .confluent), Flavor(client: .confluent, groupProtocol: "consumer"),
        Flavor(client: .confluent, assignor: "cooperative-sticky"),
        Flavor(client: .java), Flavor(client: .java, groupProtocol: "consumer"),
        Flavor(client: .java, assignor: "cooperative-sticky"),
        Flavor(client: .aiokafka), Flavor(client: .kafkaPython), Flavor(client: .kcat),
    ]

    @Test("every record is processed and committed while members are killed and added", arguments: flavors)
    func churn(flavor: Flavor) async throws {
        try await onOwnThread {
            let workshop = try Workshop([
                "group.consumer.session.timeout.ms": "6000", "group.consumer.heartbeat.interval.ms": "500",
            ])
            try workshop.create("flow", partitions: Group.partitions)
            let group = Group(workshop: workshop, flavor: flavor)
            for _ in 0..<3 { try group.add() }
            try group.wait("three members with two partitions each") {
                group.owned.sorted() == group.all && group.living.allSatisfy { group.owned(by: $0).count == 2 }
            }
            let flow = try workshop.start(.confluent, "flow", ["topic": "flow", "count": "1200", "rate": "80"])
            group.others = [flow]
            try group.wait("200 records") { group.processed.count >= 200 }
            group.killFirst()
            try group.add()
            try group.wait("owners after the first kill") { group.isSettled }
            try group.wait("200 more records") { group.processed.count >= 400 }
            group.killFirst()
            try group.wait("owners after the second kill") { group.isSettled }
            try group.add()
            try group.wait("owners after a member was added") {
                group.isSettled && group.living.allSatisfy { group.owned(by: $0).count == 2 }
            }
            let sent = Set(try flow.finish().filter { $0.word == "sent" }.map { "\($0[1]) \($0[2])" })
            #expect(sent.count == 1200)
            try group.wait("all records") { group.processed.isSuperset(of: sent) }
            try group.wait("all offsets") { try group.committed() == group.ends }
            try Self.checkOwners(workshop, group)
            try group.leave()
            #expect(try group.committed() == group.ends)
        }
    }

    @Test("members of the consumer protocol subscribe to a pattern that the broker resolves")
    func pattern() async throws {
        try await onOwnThread {
            let workshop = try Workshop()
            for topic in ["pattern-a", "pattern-b", "other"] {
                try workshop.create(topic)
                try workshop.produce(Plans.numbered(5, name: topic), to: topic).finish()
            }
            let wanted = ["pattern-a", "pattern-b"].flatMap { topic in (0..<5).map { "\(topic)-\($0)" } }
            let consumers = try [Client.java, .confluent].map { client in
                let words = [
                    "topic": "^pattern-.*", "group": client.rawValue, "count": "10", "protocol": "consumer",
                ]
                return (client, try workshop.start(client, "consume", words))
            }
            for (client, lines) in workshop.results(consumers) {
                #expect(lines.records.map(\.text).sorted() == wanted, "\(client)")
            }
        }
    }

    /// The broker says the same of the group as its members.
    private static func checkOwners(_ workshop: Workshop, _ group: Group) throws {
        for client in [Client.confluent, .java] {
            let lines = try workshop.run(client, "group", ["group": "workers"])
            let owners = lines.all("owner").map { $0.split(separator: ",").compactMap { Int($0) } }
            #expect(owners.flatMap { $0 }.sorted() == group.all, "\(client)")
            #expect(owners.count == 3, "\(client)")
            let state = lines.first { $0.word == "state" }
            #expect(state.map { [$0[1], $0[2]] } == ["stable", group.flavor.groupProtocol], "\(client)")
        }
    }
}

/// A group whose members are processes. Used by one thread.
private final class Group {
    static let partitions = 6
    let workshop: Workshop
    let flavor: GroupTests.Flavor
    let all = Array(0..<Group.partitions)
    private(set) var living: [ClientProcess] = []
    private var dead: [ClientProcess] = []
    /// Processes whose output is to be read while waiting.
    var others: [ClientProcess] = []
    private var known: [ObjectIdentifier: Int] = [:]
    /// "partition offset" of all records that any member has processed.
    private(set) var processed: Set<String> = []

    init(workshop: Workshop, flavor: GroupTests.Flavor) {
        self.workshop = workshop
        self.flavor = flavor
    }

    func add() throws {
        let words = ["topic": "flow", "group": "workers", "session": "6000"].merging(flavor.words) { $1 }
        living.append(try workshop.start(flavor.client, "member", words))
    }

    /// kill -9 of the member that has lived longest.
    func killFirst() {
        let member = living.removeFirst()
        member.kill()
        note(member)
        dead.append(member)
    }

    /// All members end in order.
    func leave() throws {
        for member in living { member.send(signal: SIGTERM) }
        for member in living { try member.finish() }
    }

    /// What a member said last of its partitions.
    func owned(by member: ClientProcess) -> [Int] {
        let text = member.lines.last { $0.word == "assigned" }?[1] ?? ""
        return text.split(separator: ",").compactMap { Int($0) }
    }

    var owned: [Int] { living.flatMap { owned(by: $0) } }

    /// Each partition has one owner.
    var isSettled: Bool { owned.sorted() == all }

    /// The next offset of each partition.
    var ends: [Int: Int] {
        var ends: [Int: Int] = [:]
        for record in processed {
            let numbers = record.split(separator: " ").compactMap { Int($0) }
            ends[numbers[0]] = max(ends[numbers[0]] ?? 0, numbers[1] + 1)
        }
        return ends
    }

    /// What the broker has of the group's offsets.
    func committed() throws -> [Int: Int] {
        let text = try workshop.run(.confluent, "group", ["group": "workers"]).all("committed").first ?? ""
        var offsets: [Int: Int] = [:]
        for pair in text.split(separator: ",") {
            let numbers = pair.split(separator: "=").compactMap { Int($0) }
            offsets[numbers[0]] = numbers[1]
        }
        return offsets
    }

    func wait(_ what: String, until condition: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while !(try condition()) {
            if let ended = living.first(where: \.hasEnded) { throw Failure("a member ended: \(ended.complaints)") }
            guard .now < deadline else {
                let words = living.map { "\(owned(by: $0)) \($0.complaints)" }.joined(separator: "\n")
                throw Failure("no \(what); \(processed.count) processed; members:\n\(words)")
            }
            for process in living + others {
                process.read(waiting: 10)
                note(process)
            }
        }
    }

    private func note(_ member: ClientProcess) {
        for line in member.lines[(known[ObjectIdentifier(member)] ?? 0)...] where line.word == "record" {
            processed.insert("\(line[2]) \(line[3])")
        }
        known[ObjectIdentifier(member)] = member.lines.count
    }
}
