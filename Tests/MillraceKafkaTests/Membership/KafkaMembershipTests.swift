import MillraceClient
import MillraceCluster
import MillraceCore
import MillraceKafka
import MillraceProtocol
import Testing

@Suite("Membership over the wire", .serialized)
struct KafkaMembershipTests {
    private let partitions = (0..<4).map { TopicPartition("lines", Int32($0)) }

    /// A consumer and what it holds, driven by hand.
    private final class Member {
        let consumer: any ClusterConsumer
        var held: Set<TopicPartition> = []
        var lost: Set<TopicPartition> = []
        var completesRevocation = true
        private var fetched: [FetchedBatches] = []

        init(_ consumer: any ClusterConsumer) throws {
            self.consumer = consumer
            try consumer.subscribe(to: ["lines"], assignor: RangeAssignor())
        }

        func poll() throws {
            switch try consumer.poll(maxWait: .milliseconds(10), into: &fetched) {
            case .assigned(let partitions, _): held = Set(partitions)
            case .revoking(let partitions):
                #expect(Set(partitions) == held)
                guard completesRevocation else { return }
                held = []
                try consumer.completeRevocation()
            case .lost(let partitions):
                lost.formUnion(partitions)
                held = []
            case nil: break
            }
        }
    }

    private func eventually(_ what: String, _ members: [Member], _ isWanted: () -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while !isWanted() {
            guard ContinuousClock.now < deadline else {
                Issue.record("not in time: \(what)")
                return
            }
            for member in members { try member.poll() }
        }
    }

    @Test("partitions are shared, handed over on a rebalance, and given back on close")
    func sharing() throws {
        let fixture = try KafkaFixture()
        try fixture.create("lines", partitions: 4)
        let first = try Member(fixture.consumer(group: "g"))
        try eventually("one has all", [first]) { first.held.count == 4 }
        let generation = try #require(first.consumer.groupMetadata?.generation)
        let second = try Member(fixture.consumer(group: "g"))
        try eventually("two have two each", [first, second]) { first.held.count == 2 && second.held.count == 2 }
        #expect(first.held.union(second.held) == Set(partitions))
        #expect(try #require(first.consumer.groupMetadata?.generation) > generation)
        second.consumer.close()
        try eventually("one has all again", [first]) { first.held.count == 4 }
        #expect(first.lost.isEmpty)
        first.consumer.close()
    }

    @Test("heartbeats go on while the caller is busy, and commits are the caller's generation's")
    func busyCaller() throws {
        let fixture = try KafkaFixture()
        try fixture.create("lines", partitions: 4)
        let busy = try Member(fixture.consumer(group: "g"))
        try eventually("it has all", [busy]) { busy.held.count == 4 }
        // Longer than the session of 2 s: nobody polls for it.
        let other = try Member(fixture.consumer(group: "other"))
        let end = ContinuousClock.now + .seconds(3)
        try eventually("time goes by", [other]) { ContinuousClock.now > end }
        try busy.consumer.commit([partitions[0]: CommittedOffset(Offset(3), metadata: "m")])
        #expect(
            try fixture.cluster.admin.committedOffsets(group: "g", partitions: partitions)
                == [partitions[0]: CommittedOffset(Offset(3), metadata: "m")])
        #expect(busy.lost.isEmpty)
    }

    @Test("a caller that does not poll for too long loses its partitions, and what it commits then is refused")
    func hungCaller() throws {
        let fixture = try KafkaFixture()
        try fixture.create("lines", partitions: 4)
        let hung = try Member(fixture.consumer(group: "g", rebalanceTimeout: .milliseconds(500)))
        try eventually("it has all", [hung]) { hung.held.count == 4 }
        let other = try Member(fixture.consumer(group: "g"))
        try eventually("the other takes over", [other]) { other.held.count == 4 }
        let old = try #require(hung.consumer.groupMetadata)
        #expect(throws: ClusterError.self) {
            try hung.consumer.commit([partitions[0]: CommittedOffset(Offset(1))])
        }
        let producer = try fixture.producer("t")
        try producer.beginTransaction()
        #expect { try producer.sendOffsets([partitions[0]: CommittedOffset(Offset(1))], group: old) } throws: {
            ($0 as? ClusterError)?.kind == .rebalanceNeeded
        }
        try producer.abortTransaction()
        try eventually("it loses them and gets a share", [hung, other]) {
            !hung.lost.isEmpty && hung.held.count == 2 && other.held.count == 2
        }
    }

    @Test("a static member that comes back within its session keeps its partitions without a rebalance")
    func staticMember() throws {
        let fixture = try KafkaFixture()
        try fixture.create("lines", partitions: 4)
        let stays = try Member(fixture.consumer(group: "g", instance: "a"))
        let leaves = try Member(fixture.consumer(group: "g", instance: "b"))
        try eventually("both share", [stays, leaves]) { stays.held.count == 2 && leaves.held.count == 2 }
        let (generation, held) = (stays.consumer.groupMetadata?.generation, leaves.held)
        leaves.consumer.close()
        let back = try Member(fixture.consumer(group: "g", instance: "b"))
        try eventually("it is back", [stays, back]) { back.held == held }
        #expect(stays.consumer.groupMetadata?.generation == generation)
    }

    /// The broker refuses the old seat as that of another process: it knows the static name under a new member id.
    @Test("a static member that has joined anew behind its caller's back is told to rebalance, not that it is fenced")
    func staticMemberWithTwoSeats() throws {
        let fixture = try KafkaFixture()
        try fixture.create("lines", partitions: 4)
        let member = try Member(fixture.consumer(group: "g", instance: "a"))
        try eventually("it has all", [member]) { member.held.count == 4 }
        let old = try #require(member.consumer.groupMetadata)
        // As if its session had ended.
        var leaving = LeaveGroupRequest()
        leaving.groupID = "g"
        leaving.members = [.init()]
        leaving.members[0].groupInstanceID = "a"
        _ = try fixture.client.ask(leaving, of: .groupCoordinator("g"))
        let deadline = ContinuousClock.now + .seconds(20)
        var last: ClusterError?
        while last?.code != .fencedInstanceID, ContinuousClock.now < deadline {
            do {
                try member.consumer.commit([partitions[0]: CommittedOffset(Offset(1))])
            } catch {
                last = error
                #expect(error.kind == .rebalanceNeeded, "\(error)")
            }
        }
        #expect(last?.code == .fencedInstanceID)
        let producer = try fixture.producer("t")
        try producer.beginTransaction()
        #expect { try producer.sendOffsets([partitions[0]: CommittedOffset(Offset(1))], group: old) } throws: {
            ($0 as? ClusterError)?.kind == .rebalanceNeeded
        }
        try producer.abortTransaction()
        try eventually("it loses its partitions and gets them anew", [member]) {
            !member.lost.isEmpty && member.held.count == 4
        }
        try member.consumer.commit([partitions[0]: CommittedOffset(Offset(2))])
    }

    @Test("of two processes with one static name the earlier is told that it is fenced")
    func fencedStaticMember() throws {
        let fixture = try KafkaFixture()
        try fixture.create("lines", partitions: 4)
        let first = try Member(fixture.consumer(group: "g", instance: "a"))
        try eventually("it has all", [first]) { first.held.count == 4 }
        let second = try Member(fixture.consumer(group: "g", instance: "a"))
        try eventually("the later has all", [second]) { second.held.count == 4 }
        #expect { try eventually("never", [first]) { false } } throws: {
            ($0 as? ClusterError)?.kind == .fenced && ($0 as? ClusterError)?.code == .fencedInstanceID
        }
    }
}
