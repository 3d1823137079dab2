import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("split")
struct BranchOperatorTests {
    @Test("a record goes to the first branch that wants it", arguments: [true, false])
    func firstBranch(hasDefault: Bool) throws {
        let fixture = try OperatorFixture { _, stream in
            let split = stream.split(name: "size-")
                .branch(name: "big") { _, order in order.amount > 10 }
                .branch(name: "even") { _, order in order.amount % 2 == 0 }
            let parts = hasDefault ? split.defaultBranch(name: "rest") : split.noDefaultBranch()
            for (name, part) in parts.sorted(by: { $0.key < $1.key }) { part.to(name) }
            #expect(parts.keys.sorted() == ["size-big", "size-even"] + (hasDefault ? ["size-rest"] : []))
        }
        for amount in [12, 2, 3] as [Int64] { try fixture.input.send(amount, Order("x", amount)) }
        #expect(try fixture.orders("size-big").map(\.key) == [12])
        #expect(try fixture.orders("size-even").map(\.key) == [2])
        #expect(try fixture.orders("size-rest").map(\.key) == (hasDefault ? [3] : []))
    }

    @Test("predicates meet nulls only where they are nullable; one that throws costs the record")
    func nullsAndErrors() throws {
        let fixture = try OperatorFixture(reaction: .skip) { _, stream in
            let parts = stream.split(name: "p-")
                .nullableBranch(name: "keyless") { key, _ in key == nil }
                .branch(name: "plain") { _, order in
                    if order.amount == 0 { throw Refused() }
                    return true
                }.noDefaultBranch()
            parts["p-keyless"]?.to("keyless")
            parts["p-plain"]?.to("plain")
        }
        try fixture.input.send(nil, Order("a"))
        try fixture.input.send(1, nil)
        try fixture.input.send(2, Order("b", 0))
        try fixture.input.send(3, Order("c"))
        #expect(try fixture.orders("keyless").map(\.value) == [Order("a")])
        #expect(try fixture.orders("plain").map(\.key) == [3])
        #expect(fixture.driver.droppedRecords == [.processingError: 2])
    }
}
