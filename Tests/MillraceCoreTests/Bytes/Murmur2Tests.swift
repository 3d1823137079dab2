import MillraceCore
import MillraceSimulation
import Testing

@Suite("Murmur2")
struct Murmur2Tests {
    @Test(
        "hashes are those of Kafka's Java client",
        arguments: [
            ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
        ] as [(String, Int32)])
    func javaValues(key: String, expected: Int32) {
        let bytes = Array(key.utf8)
        let hash = Int32(bitPattern: Murmur2.hash(bytes.span.bytes))
        #expect(hash == expected)
    }

    @Test("a partition is the positive hash modulo the count", arguments: [1, 2, 3, 12, 1_000, Int32.max])
    func partitions(count: Int32) {
        let known = Array("21".utf8)
        let chosen = Murmur2.partition(key: known.span.bytes, of: count)
        #expect(chosen == (-973_932_308 & 0x7fff_ffff) % count)
        var random = SeededGenerator(seed: UInt64(count))
        for _ in 0..<500 {
            let key = (0..<Int.random(in: 0...20, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
            }
            let partition = Murmur2.partition(key: key.span.bytes, of: count)
            #expect(partition >= 0 && partition < count, "key \(key)")
        }
    }
}
