/// The random numbers of the machine. From any thread.
public struct SystemEntropy: Entropy {
    /// The dice of this machine.
    public init() {}

    /// 64 random bits.
    public func next() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
