import MillraceBroker
import MillraceCluster
import MillraceCore
import MillraceSimulation
import Testing

@Suite("the embedded consumer")
struct EmbeddedConsumerTests {
    private let input = TopicPartition("in", 0)

    private func fixture() throws -> ClusterFixture {
        let fixture = try ClusterFixture(SimulatedDisk(seed: 1))
        try fixture.cluster.admin.createTopic(TopicSpecification(name: "in", partitionCount: 4))
        return fixture
    }

    /// Polls until something is there or `maxWait` is over, in one call.
    private func poll(_ fixture: ClusterFixture, maxWait: Duration) throws -> [String] {
        let consumer = try fixture.consumer()
        try consumer.assign([input])
        var batches: [FetchedBatches] = []
        _ = try consumer.poll(maxWait: maxWait, into: &batches)
        return try batches.flatMap { try $0.values() }
    }

    @Test("a poll that waits is woken by an append, and by the commit that makes it visible", arguments: [true, false])
    func longPoll(isTransactional: Bool) throws {
        let fixture = try fixture()
        // The poll sleeps for as long as the test may take: only a wake-up ends it in time.
        let polled = Peer { try poll(fixture, maxWait: .seconds(60)) }
        let producer = try fixture.producer(isTransactional ? "t" : nil)
        if isTransactional { try producer.beginTransaction() }
        try producer.send(["x"], to: input)
        if isTransactional { try producer.commitTransaction() }
        #expect(try polled.result() == ["x"])
    }

    @Test("no wake-up is lost between looking and sleeping")
    func wakeUps() throws {
        let fixture = try fixture()
        let rounds = 2_000
        let echo = TopicPartition("in", 1)
        let answered = Peer { try exchange(fixture, from: input, to: echo, rounds: rounds, begins: false) }
        #expect(try exchange(fixture, from: echo, to: input, rounds: rounds, begins: true) == rounds)
        #expect(try answered.result() == rounds)
    }

    /// Waits for a record and answers it, `rounds` times.
    private func exchange(
        _ fixture: ClusterFixture, from: TopicPartition, to: TopicPartition, rounds: Int, begins: Bool
    ) throws -> Int {
        let consumer = try fixture.consumer()
        try consumer.assign([from])
        let producer = try fixture.producer()
        if begins { try producer.send(["0"], to: to) }
        var received = 0
        var batches: [FetchedBatches] = []
        while received < rounds {
            _ = try consumer.poll(maxWait: .seconds(60), into: &batches)
            if batches.isEmpty { return received }
            received += try batches.reduce(0) { try $0 + $1.values().count }
            if !begins || received < rounds { try producer.send(["\(received)"], to: to) }
        }
        return received
    }

    @Test("wakeUp ends a poll that waits")
    func interruption() throws {
        let fixture = try fixture()
        let consumer = try fixture.consumer()
        try consumer.assign([input])
        consumer.wakeUp()
        var batches: [FetchedBatches] = []
        #expect(try consumer.poll(maxWait: .seconds(60), into: &batches) == nil)
        #expect(batches.isEmpty)
    }

    @Test("paused partitions are passed over, seeking goes back, positions outside the log are refused")
    func positions() throws {
        let fixture = try fixture()
        let producer = try fixture.producer()
        try producer.send(["a", "b", "c"], to: input)
        let consumer = try fixture.consumer()
        try consumer.assign([input])
        var batches: [FetchedBatches] = []
        consumer.pause(input)
        _ = try consumer.poll(maxWait: .zero, into: &batches)
        #expect(batches.isEmpty)
        consumer.resume(input)
        _ = try consumer.poll(maxWait: .zero, into: &batches)
        #expect(try consumer.position(of: input) == Offset(3))
        try consumer.seek(input, to: Offset(1))
        _ = try consumer.poll(maxWait: .zero, into: &batches)
        #expect(try batches.flatMap { try $0.values() } == ["b", "c"])
        try consumer.seek(input, to: Offset(7))
        let thrown = #expect(throws: ClusterError.self) { _ = try consumer.poll(maxWait: .zero, into: &batches) }
        #expect(thrown?.kind == .offsetOutOfRange)
    }

    @Test("what an earlier poll brought stays valid while it is held")
    func heldBuffers() throws {
        let fixture = try fixture()
        let producer = try fixture.producer()
        let consumer = try fixture.consumer()
        try consumer.assign([input])
        var held: [FetchedBatches] = []
        for round in 0..<100 {
            try producer.send(["\(round)"], to: input)
            var batches: [FetchedBatches] = []
            _ = try consumer.poll(maxWait: .zero, into: &batches)
            held += batches
        }
        #expect(try held.flatMap { try $0.values() } == (0..<100).map { "\($0)" })
    }

    @Test("two members share the partitions; when one leaves, the other gets them all")
    func sharing() throws {
        let fixture = try fixture()
        var members = try (0..<2).map { _ in try fixture.consumer(group: "g") }
        for member in members { try member.subscribe(to: ["in"], assignor: RangeAssignor()) }
        func settle(_ members: [any ClusterConsumer]) throws -> [Int] {
            var owned = members.map { _ in 0 }
            var batches: [FetchedBatches] = []
            for _ in 0..<20 {
                fixture.clock.advance(by: .seconds(1))
                for (index, member) in members.enumerated() {
                    switch try member.poll(maxWait: .zero, into: &batches) {
                    case .assigned(let partitions, _): owned[index] = partitions.count
                    case .revoking:
                        owned[index] = 0
                        try member.completeRevocation()
                    case .lost: owned[index] = 0
                    case nil: break
                    }
                }
            }
            return owned
        }
        #expect(try settle(members) == [2, 2])
        members.removeLast().close()
        #expect(try settle(members).last == 4)
    }

    @Test("members hear of each other at once, not at their next heartbeats")
    func bell() throws {
        let fixture = try fixture()
        // Nobody moves the clock, so no heartbeat is ever due.
        func settle(_ members: [any ClusterConsumer]) throws -> [Int] {
            var owned = members.map { _ in 0 }
            var batches: [FetchedBatches] = []
            for _ in 0..<10 {
                for (index, member) in members.enumerated() {
                    switch try member.poll(maxWait: .zero, into: &batches) {
                    case .assigned(let partitions, _): owned[index] = partitions.count
                    case .revoking: try member.completeRevocation()
                    case .lost, nil: break
                    }
                }
            }
            return owned
        }
        var members = [try fixture.consumer(group: "g")]
        try members[0].subscribe(to: ["in"], assignor: RangeAssignor())
        #expect(try settle(members) == [4])
        members.append(try fixture.consumer(group: "g"))
        try members[1].subscribe(to: ["in"], assignor: RangeAssignor())
        #expect(try settle(members) == [2, 2])
        members.removeLast().close()
        #expect(try settle(members) == [4])
    }

    @Test("a join wakes the members that wait for records")
    func bellWakes() throws {
        let fixture = try fixture()
        // Each poll sleeps for as long as the test may take, and no heartbeat is ever due.
        let shares = (0..<2).map { _ in
            Peer {
                let member = try fixture.consumer(group: "g")
                try member.subscribe(to: ["in"], assignor: RangeAssignor())
                var batches: [FetchedBatches] = []
                while true {
                    switch try member.poll(maxWait: .seconds(60), into: &batches) {
                    case .assigned(let partitions, _): if partitions.count == 2 { return true }
                    case .revoking: try member.completeRevocation()
                    case .lost, nil: return false
                    }
                }
            }
        }
        for share in shares { #expect(try share.result()) }
    }

    @Test("a member that falls silent is found by its session and loses its partitions")
    func silence() throws {
        let fixture = try fixture()
        var batches: [FetchedBatches] = []
        let silent = try fixture.consumer(group: "g")
        try silent.subscribe(to: ["in"], assignor: RangeAssignor())
        while silent.groupMetadata == nil { _ = try silent.poll(maxWait: .zero, into: &batches) }
        let next = try fixture.consumer(group: "g")
        try next.subscribe(to: ["in"], assignor: RangeAssignor())
        var owned = 0
        for _ in 0..<200 where owned < 4 {
            fixture.clock.advance(by: .seconds(1))
            fixture.broker.tick(now: fixture.clock.now())
            if case .assigned(let partitions, _)? = try next.poll(maxWait: .zero, into: &batches) {
                owned = partitions.count
            }
        }
        #expect(owned == 4)
        let thrown = #expect(throws: ClusterError.self) {
            try silent.commit([TopicPartition("in", 0): CommittedOffset(Offset(1))])
        }
        #expect(thrown?.kind == .rebalanceNeeded)
    }

    @Test("a member without a generation commits nothing, also where the group has nobody else")
    func noGeneration() throws {
        let fixture = try fixture()
        let member = try fixture.consumer(group: "g")
        try member.subscribe(to: ["in"], assignor: RangeAssignor())
        let thrown = #expect(throws: ClusterError.self) {
            try member.commit([TopicPartition("in", 0): CommittedOffset(Offset(1))])
        }
        #expect(thrown?.kind == .rebalanceNeeded)
        #expect(
            try fixture.cluster.admin.committedOffsets(group: "g", partitions: [TopicPartition("in", 0)]).isEmpty)
    }

    @Test("a topic that is made anew under its old name has no positions")
    func topicMadeAnew() throws {
        let fixture = try fixture()
        let admin = fixture.cluster.admin
        let read = TopicPartition("in", 0)
        try fixture.consumer(group: "g").commit([read: CommittedOffset(Offset(3))])
        try admin.createTopic(TopicSpecification(name: "other", partitionCount: 1))
        let other = TopicPartition("other", 0)
        try fixture.consumer(group: "g").commit([other: CommittedOffset(Offset(4))])
        try admin.deleteTopic("in")
        try admin.createTopic(TopicSpecification(name: "in", partitionCount: 4))
        #expect(
            try admin.committedOffsets(group: "g", partitions: [read, other]) == [other: CommittedOffset(Offset(4))])
    }
}
