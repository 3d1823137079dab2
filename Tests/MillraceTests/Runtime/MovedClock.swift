import MillraceCore

/// The system's clock, moved forward by whole hours. Any thread.
final class MovedClock: Clock {
    private static let hour: Int64 = 3_600_000
    private let moved = Monitor<Int64>(0)
    private let system = SystemClock()

    func advance(hours: Int64) { moved.withLock { $0 += hours * MovedClock.hour } }
    func now() -> Timestamp { system.now().advanced(byMilliseconds: moved.withLock { $0 }) }
    func monotonicNanoseconds() -> UInt64 {
        system.monotonicNanoseconds() + UInt64(moved.withLock { $0 }) * 1_000_000
    }
}
