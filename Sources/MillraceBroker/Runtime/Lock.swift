internal import Glibc

/// A mutual exclusion lock over `pthread_mutex_t`. From any thread. (`Synchronization.Mutex` has no condition
/// variable, and ThreadSanitizer does not see it.)
@safe
package final class Lock: @unchecked Sendable {
    // Sendable: the mutex is made for being shared; the pointer never changes.
    fileprivate let mutex: UnsafeMutablePointer<pthread_mutex_t>

    package init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        let result = unsafe pthread_mutex_init(mutex, nil)
        precondition(result == 0, "pthread_mutex_init: \(result)")
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    package func lock() {
        let result = unsafe pthread_mutex_lock(mutex)
        precondition(result == 0, "pthread_mutex_lock: \(result)")
    }

    package func unlock() {
        let result = unsafe pthread_mutex_unlock(mutex)
        precondition(result == 0, "pthread_mutex_unlock: \(result)")
    }

    @inline(__always)
    package func withLock<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        lock()
        defer { unlock() }
        return try body()
    }
}

/// A condition variable that goes with one lock. Waits measure the machine's monotonic clock.
@safe
package final class Condition: @unchecked Sendable {
    // Sendable: the condition is made for being shared; the pointer never changes.
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private let lock: Lock

    package init(_ lock: Lock) {
        self.lock = lock
        unsafe condition = .allocate(capacity: 1)
        unsafe condition.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        let result = unsafe pthread_cond_init(condition, &attributes)
        precondition(result == 0, "pthread_cond_init: \(result)")
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe condition.deallocate()
    }

    /// Waits to be woken, or a little: check what you wait for again. The lock must be held.
    package func wait() {
        _ = unsafe pthread_cond_wait(condition, lock.mutex)
    }

    /// As `wait`, but no longer than until `deadline`; false once that has passed. The lock must be held.
    package func wait(until deadline: WaitDeadline) -> Bool {
        var time = timespec(
            tv_sec: Int(deadline.nanoseconds / 1_000_000_000), tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
        return unsafe pthread_cond_timedwait(condition, lock.mutex, &time) != ETIMEDOUT
    }

    package func signal() { unsafe pthread_cond_signal(condition) }
    package func broadcast() { unsafe pthread_cond_broadcast(condition) }
}

/// Until when a thread may sleep, by the machine's monotonic clock: simulated time does not wake sleepers.
package struct WaitDeadline: Hashable, Comparable, Sendable {
    let nanoseconds: UInt64

    package init(after duration: Duration) {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        let now = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        let (seconds, attoseconds) = duration.components
        let longest: Int64 = 100 * 365 * 86_400
        let wait = UInt64(max(0, min(seconds, longest))) * 1_000_000_000
        nanoseconds = now + wait + UInt64(max(0, attoseconds / 1_000_000_000))
    }

    package static func < (left: WaitDeadline, right: WaitDeadline) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Whole milliseconds until then, rounded up: for system calls that count in them.
    package var millisecondsLeft: Int64 {
        let now = WaitDeadline(after: .zero).nanoseconds
        return nanoseconds <= now ? 0 : Int64(clamping: (nanoseconds - now + 999_999) / 1_000_000)
    }

    package var hasPassed: Bool { nanoseconds <= WaitDeadline(after: .zero).nanoseconds }
}
