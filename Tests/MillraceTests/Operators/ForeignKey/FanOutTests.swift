import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("An update that many rows refer to (G9)", .serialized)
struct FanOutTests {
    /// What one step may tell.
    private static let step = 1_000
    private static let rows: Int64 = 2_500

    /// All orders are of `ada`.
    private func fixture() throws -> ForeignKeyFixture {
        let fixture = try ForeignKeyFixture(
            isLeft: false, TestDriverConfiguration(commits: .byHand, processesOnSend: false))
        try fixture.customers.send("ada", "Ada")
        for number in 0..<Self.rows { try fixture.orders.send(number, Order("ada", number)) }
        try fixture.settle()
        #expect(try fixture.out().count == Int(Self.rows))
        _ = try answers(fixture)
        return fixture
    }

    private func answers(_ fixture: ForeignKeyFixture) throws -> Int {
        try fixture.driver.outputTopic("test-j-subscription-response-topic", key: .int64, value: .byteArray)
            .readAll().count
    }

    @Test("is told in steps, each bounded, over several commits")
    func bound() throws {
        let fixture = try fixture()
        try fixture.customers.send("ada", "Countess")
        var steps: [Int] = []
        repeat {
            #expect(try fixture.driver.processNext())
            try fixture.driver.commit()
            steps.append(try answers(fixture))
            // Answers wait now, too; a step of work comes before the next record.
        } while steps.reduce(0, +) < Int(Self.rows)
        #expect(steps == [Self.step, Self.step, 500])
        try fixture.settle()
        let out = try fixture.out()
        #expect(out.count == Int(Self.rows))
        #expect(Set(out.map(\.value)) == Set((0..<Self.rows).map { "\($0) for Countess" }))
    }

    @Test("goes on after a crash where the last commit left it, and tells each row once", arguments: [true, false])
    func crash(isCommitted: Bool) throws {
        let fixture = try fixture()
        try fixture.customers.send("ada", "Countess")
        #expect(try fixture.driver.processNext())
        if isCommitted { try fixture.driver.commit() }
        #expect(try fixture.driver.processNext())
        try fixture.driver.crash()
        try fixture.settle()
        let out = try fixture.out()
        #expect(out.count == Int(Self.rows))
        #expect(Set(out.map(\.value)) == Set((0..<Self.rows).map { "\($0) for Countess" }))
    }

    @Test(
        "newer updates, and rows that come and go meanwhile, lead to the right table",
        arguments: 0..<4 as Range<UInt64>)
    func interleaved(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        let fixture = try ForeignKeyFixture(
            isLeft: seed % 2 == 0,
            TestDriverConfiguration(
                partitions: .counts(["orders": 2, "customers": 2, "out": 2]), commits: .every(records: 700),
                interleaving: .random(seed: seed), processesOnSend: false))
        var orders: [Int64: Order] = [:]
        var customers: [String: String] = [:]
        func change(_ number: Int64) throws {
            let chance = generator.next() % 10
            orders[number] = chance == 0 ? nil : Order(chance < 8 ? "ada" : "eve", Int64(generator.next() % 1_000))
            try fixture.orders.send(number, orders[number])
        }
        for number: Int64 in 0..<2_600 { try change(number) }
        try fixture.settle()
        for round in 0..<12 {
            let name = generator.next() % 4 == 0 ? nil : "name \(round)"
            let key = generator.next() % 4 == 0 ? "eve" : "ada"
            customers[key] = name
            try fixture.customers.send(key, name)
            for _ in 0..<generator.next() % 20 { try change(Int64(generator.next() % 2_600)) }
            for _ in 0..<generator.next() % 30 { try fixture.driver.processNext() }
            if generator.next() % 4 == 0 { try fixture.driver.commit() }
            if generator.next() % 5 == 0 { try fixture.driver.crash() }
        }
        try fixture.settle()
        var expected: [Int64: String] = [:]
        for (number, order) in orders {
            if let name = customers[order.item] {
                expected[number] = "\(order.amount) for \(name)"
            } else if seed % 2 == 0 {
                expected[number] = "\(order.amount) for nobody"
            }
        }
        let table = try fixture.driver.outputTopic("out", key: .int64, value: .string).readTable()
        let wrong = Set(table.keys).union(expected.keys).filter { table[$0] != expected[$0] }
        #expect(wrong.isEmpty, "seed \(seed)")
    }
}

/// A small generator of its own, so that the tests' choices do not move with others'.
private struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}
