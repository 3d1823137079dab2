public import MillraceCore
internal import Synchronization

/// Random numbers that a seed repeats (SplitMix64; Steele, Lea and Flood, 2014). Not for secrets.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator that gives the same numbers for the same seed.
    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// True once in `chances` times on average; never for 0.
    public mutating func once(in chances: Int) -> Bool {
        chances > 0 && Int.random(in: 0..<chances, using: &self) == 0
    }
}

/// The port for randomness, repeated by a seed. From any thread; the order of calls decides who gets which number.
public final class SeededEntropy: Entropy {
    private let generator: Mutex<SeededGenerator>

    /// Dice that fall the same way for the same seed.
    public init(seed: UInt64) { generator = Mutex(SeededGenerator(seed: seed)) }

    /// 64 random bits.
    public func next() -> UInt64 { generator.withLock { $0.next() } }
}
