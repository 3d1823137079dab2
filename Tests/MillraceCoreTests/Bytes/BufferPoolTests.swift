import MillraceCore
import Testing

@Suite("BufferPool")
struct BufferPoolTests {
    @Test("a buffer that somebody holds is never handed out again")
    func heldBuffers() {
        var pool = BufferPool(limit: 4)
        var held: [SharedBuffer] = []
        for number in 0..<20 as Range<UInt8> {
            let buffer = pool.take(capacity: 16)
            #expect(buffer.count == 0)
            #expect(!held.contains { $0 === buffer }, "buffer \(number)")
            buffer.fill { $0.append(number) }
            held.append(buffer)
        }
        for (number, buffer) in held.enumerated() {
            let found = [UInt8](copying: buffer.bytes)
            #expect(found == [UInt8(number)])
        }
    }

    @Test("a buffer that nobody holds is recycled, empty, with the room asked for")
    func recycling() {
        var pool = BufferPool(limit: 2)
        var first: SharedBuffer? = pool.take(capacity: 8)
        first?.fill { $0.append(contentsOf: [1, 2, 3]) }
        let identity = first.map(ObjectIdentifier.init)
        let second = pool.take(capacity: 8)
        #expect(ObjectIdentifier(second) != identity)
        first = nil
        let third = pool.take(capacity: 1_000)
        #expect(ObjectIdentifier(third) == identity)
        #expect(third.count == 0)
        third.fill { $0.appendZeros(1_000) }
        #expect(third.count == 1_000 && second.count == 0)
    }
}
