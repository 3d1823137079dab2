/// MurmurHash3 in its variant for 64-bit machines with 128 bits of result (`MurmurHash3_x64_128` of its author's
/// public-domain reference), as Kafka Streams uses it to recognise the row that an answer was meant for (SEMANTICS G5).
/// Pure.
public enum Murmur3 {
    /// The seed of Kafka Streams' hashes.
    public static var kafkaSeed: UInt32 { 104_729 }

    /// The hash of `bytes`, as the reference implementation for 64-bit machines gives it.
    public static func hash128(_ bytes: RawSpan, seed: UInt32 = kafkaSeed) -> Hash128 {
        var state = State(seed: UInt64(seed))
        let count = bytes.byteCount
        var position = 0
        while count &- position >= 16 {
            state.mix(word(bytes, at: position, 8), word(bytes, at: position &+ 8, 8))
            position &+= 16
        }
        let rest = count &- position
        if rest > 8 { state.second ^= State.scramble2(word(bytes, at: position &+ 8, rest &- 8)) }
        if rest > 0 { state.first ^= State.scramble1(word(bytes, at: position, min(rest, 8))) }
        return state.finished(count: UInt64(count))
    }

    /// `count` bytes, the first the lowest.
    private static func word(_ bytes: RawSpan, at position: Int, _ count: Int) -> UInt64 {
        if count == 8 {
            return unsafe UInt64(
                littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self))
        }
        var word: UInt64 = 0
        for index in 0..<count {
            let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: position &+ index, as: UInt8.self)
            word |= UInt64(byte) &<< UInt64(index &* 8)
        }
        return word
    }

    private struct State {
        var first: UInt64
        var second: UInt64

        init(seed: UInt64) {
            first = seed
            second = seed
        }

        mutating func mix(_ word1: UInt64, _ word2: UInt64) {
            first ^= State.scramble1(word1)
            first = (State.rotate(first, 27) &+ second) &* 5 &+ 0x52dc_e729
            second ^= State.scramble2(word2)
            second = (State.rotate(second, 31) &+ first) &* 5 &+ 0x3849_5ab5
        }

        func finished(count: UInt64) -> Hash128 {
            var first = self.first ^ count
            var second = self.second ^ count
            first &+= second
            second &+= first
            first = State.avalanche(first)
            second = State.avalanche(second)
            first &+= second
            second &+= first
            return Hash128(first, second)
        }

        static func scramble1(_ word: UInt64) -> UInt64 {
            rotate(word &* 0x87c3_7b91_1142_53d5, 31) &* 0x4cf5_ad43_2745_937f
        }

        static func scramble2(_ word: UInt64) -> UInt64 {
            rotate(word &* 0x4cf5_ad43_2745_937f, 33) &* 0x87c3_7b91_1142_53d5
        }

        static func rotate(_ word: UInt64, _ bits: UInt64) -> UInt64 { word &<< bits | word &>> (64 &- bits) }

        static func avalanche(_ word: UInt64) -> UInt64 {
            var word = word
            word ^= word &>> 33
            word &*= 0xff51_afd7_ed55_8ccd
            word ^= word &>> 33
            word &*= 0xc4ce_b9fe_1a85_ec53
            return word ^ word &>> 33
        }
    }
}

/// 128 bits of hash, as two words.
public struct Hash128: Hashable, Sendable {
    /// The first eight bytes.
    public let first: UInt64
    /// The last eight bytes.
    public let second: UInt64

    /// A hash of two halves.
    @inlinable
    public init(_ first: UInt64, _ second: UInt64) {
        self.first = first
        self.second = second
    }
}
