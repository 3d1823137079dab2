import MillraceBroker
import MillraceCluster
import MillraceCore
import MillraceSimulation
import Testing

@Suite("transactions on the embedded cluster")
struct EmbeddedTransactionTests {
    private let a = TopicPartition("a", 0)
    private let b = TopicPartition("b", 0)

    private func fixture(_ disk: SimulatedDisk = SimulatedDisk(seed: 1)) throws -> ClusterFixture {
        let fixture = try ClusterFixture(disk)
        if try fixture.cluster.admin.describeTopic("a") == nil {
            try fixture.cluster.admin.createTopic(TopicSpecification(name: "a", partitionCount: 1))
            try fixture.cluster.admin.createTopic(TopicSpecification(name: "b", partitionCount: 1))
        }
        return fixture
    }

    @Test("committed data of several partitions is seen together, aborted data never")
    func commitAndAbort() throws {
        let fixture = try fixture()
        let producer = try fixture.producer("t")
        for round in 0..<6 {
            try producer.beginTransaction()
            try producer.send(["a\(round)"], to: a)
            try producer.send(["b\(round)"], to: b)
            #expect(try fixture.values(of: [a])[a]?.contains("a\(round)") != true)
            if round.isMultiple(of: 2) { try producer.commitTransaction() } else { try producer.abortTransaction() }
        }
        let committed = try fixture.values(of: [a, b])
        #expect(committed == [a: ["a0", "a2", "a4"], b: ["b0", "b2", "b4"]])
        let all = try fixture.values(of: [a], isolation: .readUncommitted)
        #expect(all[a] == ["a0", "a1", "a2", "a3", "a4", "a5"])
    }

    @Test("the last stable offset stops before the earliest open transaction")
    func lastStableOffset() throws {
        let fixture = try fixture()
        let first = try fixture.producer("first")
        let second = try fixture.producer("second")
        try first.beginTransaction()
        try first.send(["x"], to: a)
        try second.beginTransaction()
        try second.send(["y"], to: a)
        try second.commitTransaction()
        #expect(try fixture.values(of: [a]).isEmpty)
        #expect(try fixture.cluster.admin.offset(of: a, at: .latest(.readCommitted)) == .zero)
        try first.abortTransaction()
        #expect(try fixture.values(of: [a])[a] == ["y"])
    }

    @Test("a second producer of the same transactional id fences the first and aborts what it left open")
    func fencing() throws {
        let fixture = try fixture()
        let zombie = try fixture.producer("t")
        try zombie.beginTransaction()
        try zombie.send(["lost"], to: a)
        let next = try fixture.producer("t")
        for attempt in ["send", "commit"] {
            do {
                if attempt == "send" { try zombie.send(["late"], to: a) } else { try zombie.commitTransaction() }
                Issue.record("the zombie's \(attempt) was not refused")
            } catch let error as ClusterError {
                #expect(error.kind == .fenced, "\(attempt): \(error)")
            }
        }
        try next.beginTransaction()
        try next.send(["kept"], to: a)
        try next.commitTransaction()
        #expect(try fixture.values(of: [a])[a] == ["kept"])
    }

    @Test("a transaction open for too long is aborted; its producer cannot commit it, and can go on after an abort")
    func timeout() throws {
        let fixture = try fixture()
        let producer = try fixture.producer("t", timeout: .seconds(10))
        try producer.beginTransaction()
        try producer.send(["slow"], to: a)
        fixture.clock.advance(by: .seconds(11))
        fixture.broker.tick(now: fixture.clock.now())
        let thrown = #expect(throws: ClusterError.self) { try producer.commitTransaction() }
        #expect(thrown?.kind == .fenced)
        try producer.abortTransaction()
        try producer.beginTransaction()
        try producer.send(["fast"], to: a)
        try producer.commitTransaction()
        #expect(try fixture.values(of: [a])[a] == ["fast"])
    }

    @Test("everything committed is there after a restart, in order or by a kill", arguments: [true, false])
    func restart(inOrder: Bool) throws {
        let disk = SimulatedDisk(seed: 3)
        do {
            let fixture = try fixture(disk)
            let producer = try fixture.producer("t")
            try producer.beginTransaction()
            try producer.send(["one"], to: a)
            try producer.send(["two"], to: b)
            try producer.commitTransaction()
            try producer.beginTransaction()
            try producer.send(["open"], to: a)
            if inOrder { try fixture.broker.close() } else { disk.killProcess() }
        }
        let fixture = try fixture(disk)
        #expect(try fixture.values(of: [a, b]) == [a: ["one"], b: ["two"]])
        let producer = try fixture.producer("t")
        try producer.beginTransaction()
        try producer.send(["three"], to: a)
        try producer.commitTransaction()
        #expect(try fixture.values(of: [a])[a] == ["one", "three"])
    }

    @Test("a full disk is a typed error, and after a restart with space everything goes on")
    func fullDisk() throws {
        let disk = SimulatedDisk(seed: 4)
        var sent = 0
        do {
            let fixture = try fixture(disk)
            let producer = try fixture.producer("t")
            disk.capacity = disk.usedBytes + 4_000
            var refusal: ClusterError?
            while refusal == nil, sent < 1_000 {
                do {
                    try producer.beginTransaction()
                    try producer.send(["\(sent)"], to: a)
                    try producer.commitTransaction()
                    sent += 1
                } catch let error as ClusterError {
                    refusal = error
                }
            }
            #expect(refusal?.kind == .storageFull, "\(String(describing: refusal))")
            disk.killProcess()
        }
        disk.capacity = nil
        let fixture = try fixture(disk)
        let found = try fixture.values(of: [a])[a] ?? []
        #expect(found.prefix(sent) == (0..<sent).map { "\($0)" }[...])
        #expect(found.count <= sent + 1)
        let producer = try fixture.producer("t")
        try producer.beginTransaction()
        try producer.send(["after"], to: a)
        try producer.commitTransaction()
        #expect(try fixture.values(of: [a])[a]?.last == "after")
    }
}
