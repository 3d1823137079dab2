import MillraceBroker
import MillraceCluster
import MillraceCore
import MillraceSimulation
import Testing

@Suite("Transactions whose markers cannot be written at once")
struct FailedMarkerTests {
    private let a = TopicPartition("a", 0)
    private let b = TopicPartition("b", 0)
    private let c = TopicPartition("c", 0)

    private func fixture(_ disk: SimulatedDisk) throws -> ClusterFixture {
        let fixture = try ClusterFixture(disk)
        for topic in ["a", "b", "c"] {
            try fixture.cluster.admin.createTopic(TopicSpecification(name: topic, partitionCount: 1))
        }
        return fixture
    }

    private func failNextWrite(of partition: TopicPartition, on disk: SimulatedDisk) {
        disk.fail(.write, pathSuffix: "topics/\(partition)/00000000000000000000.log")
    }

    @Test("one partition holds up neither the others of its transaction nor other transactions")
    func timeouts() throws {
        let disk = SimulatedDisk(seed: 5)
        let fixture = try fixture(disk)
        let first = try fixture.producer("1", timeout: .seconds(10))
        try first.beginTransaction()
        try first.send(["x"], to: a)
        try first.send(["x"], to: b)
        let second = try fixture.producer("2", timeout: .seconds(10))
        try second.beginTransaction()
        try second.send(["x"], to: c)
        func stableEnds() throws -> [Int64] {
            try [a, b, c].map { try fixture.broker.partition($0).bounds().lastStableOffset.rawValue }
        }
        #expect(try stableEnds() == [0, 0, 0])
        fixture.clock.advance(by: .seconds(11))
        failNextWrite(of: a, on: disk)
        fixture.broker.tick(now: fixture.clock.now())
        // The same tick looks again at what has been decided and is unfinished.
        #expect(try stableEnds() == [2, 2, 2])

        try first.abortTransaction()
        try first.beginTransaction()
        try first.send(["y"], to: a)
        try first.send(["y"], to: b)
        fixture.clock.advance(by: .seconds(11))
        failNextWrite(of: a, on: disk)
        failNextWrite(of: a, on: disk)
        fixture.broker.tick(now: fixture.clock.now())
        #expect(try stableEnds() == [2, 4, 2], "a waits, b does not")
        fixture.broker.tick(now: fixture.clock.now())
        #expect(try stableEnds() == [4, 4, 2])
    }

    @Test("the next producer of the same id finishes what was decided")
    func nextProducer() throws {
        let disk = SimulatedDisk(seed: 6)
        let fixture = try fixture(disk)
        let first = try fixture.producer("t")
        try first.beginTransaction()
        try first.send(["decided"], to: a)
        failNextWrite(of: a, on: disk)
        let refusal = #expect(throws: ClusterError.self) { try first.commitTransaction() }
        #expect(refusal?.kind == .storageFailed)
        #expect(try fixture.values(of: [a]).isEmpty)
        let next = try fixture.producer("t")
        #expect(try fixture.values(of: [a])[a] == ["decided"])
        next.close()
    }
}
