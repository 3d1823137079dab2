public import MillraceCore
internal import Synchronization

/// A clock that stands still until it is told to go on. No I/O; from any thread.
public final class ManualClock: Clock {
    private let nanoseconds: Mutex<(wall: Int64, monotonic: UInt64)>

    /// A clock that stands at `start`.
    public init(_ start: Timestamp = .epoch) {
        nanoseconds = Mutex((wall: start.millisecondsSinceEpoch * 1_000_000, monotonic: 0))
    }

    public func now() -> Timestamp {
        Timestamp(nanoseconds.withLock { $0.wall } / 1_000_000)
    }

    public func monotonicNanoseconds() -> UInt64 {
        nanoseconds.withLock { $0.monotonic }
    }

    /// Moves both kinds of time on.
    public func advance(by duration: Duration) {
        precondition(duration >= .zero, "time cannot go back by \(duration); use `set`")
        let (seconds, attoseconds) = duration.components
        let step = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        nanoseconds.withLock {
            $0.wall += step
            $0.monotonic += UInt64(step)
        }
    }

    /// Sets the wall clock alone, as an administrator may: it can go back.
    public func set(_ time: Timestamp) {
        nanoseconds.withLock { $0.wall = time.millisecondsSinceEpoch * 1_000_000 }
    }
}
