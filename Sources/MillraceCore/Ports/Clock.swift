/// The port for time. Logic never asks it: the loops at the rim do, once a batch, and pass `now` down.
public protocol Clock: Sendable {
    /// Wall-clock time.
    func now() -> Timestamp
    /// Nanoseconds from an arbitrary start that never goes back; for deadlines and measurements.
    func monotonicNanoseconds() -> UInt64
}

/// The port for randomness.
public protocol Entropy: Sendable {
    /// 64 random bits.
    func next() -> UInt64
}
