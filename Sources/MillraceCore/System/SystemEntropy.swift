/// The random numbers of the machine. From any thread.
public struct SystemEntropy: Entropy {
    public init() {}

    public func next() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
