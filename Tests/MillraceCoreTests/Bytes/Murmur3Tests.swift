import MillraceCore
import Testing

@Suite("Murmur3")
struct Murmur3Tests {
    /// The vectors that Kafka Streams and Apache Hive test their implementations with.
    @Test(
        "128 bits with seed 123 are those of Kafka Streams",
        arguments: [
            ("21", 5_857_341_059_704_281_894, -5_288_187_638_297_930_763),
            ("foobar", -351_361_463_397_418_609, 8_959_716_011_862_540_668),
            ("a-little-bit-long-string", 8_836_256_500_583_638_442, -198_172_363_548_498_523),
            ("a-little-bit-longer-string", 1_838_346_159_335_108_511, 8_794_688_210_320_490_705),
            (
                "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -4_024_021_876_037_397_259,
                -1_482_317_706_335_141_238
            ),
            ("abc", 1_489_494_923_063_836_066, -5_440_978_547_625_122_829),
        ] as [(String, Int64, Int64)])
    func vectors(text: String, first: Int64, second: Int64) {
        let hash = Murmur3.hash128(Array(text.utf8).span.bytes, seed: 123)
        #expect(hash == Hash128(UInt64(bitPattern: first), UInt64(bitPattern: second)))
    }

    @Test("no bytes and seed 0 give zero, as in the reference implementation")
    func empty() {
        #expect(Murmur3.hash128([UInt8]().span.bytes, seed: 0) == Hash128(0, 0))
    }
}
