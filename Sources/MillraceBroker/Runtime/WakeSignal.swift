internal import Synchronization

/// What wants to hear that something has changed: a thread that sleeps, or the event loop of a server. Raised from any
/// thread, under locks of the broker: it must not block, and must not call the broker.
package protocol Wakeable: AnyObject, Sendable {
    func raise()
}

/// What a long poll sleeps on. Clear it, look at everything, then wait: what happens after the clearing is not
/// missed. Raising one that is up already costs one atomic exchange, so a busy consumer costs producers nothing.
/// Raised from any thread; waited for by one.
package final class WakeSignal: Wakeable {
    private let isRaised = Atomic<Bool>(false)
    private let lock = Lock()
    private let condition: Condition

    package init() { condition = Condition(lock) }

    package func raise() {
        guard !isRaised.exchange(true, ordering: .acquiringAndReleasing) else { return }
        lock.withLock { condition.signal() }
    }

    package func clear() { isRaised.store(false, ordering: .sequentiallyConsistent) }

    /// Sleeps until raised, or until `deadline`. Returns whether it was raised.
    package func wait(until deadline: WaitDeadline) -> Bool {
        lock.withLock {
            while !isRaised.load(ordering: .acquiring) {
                guard condition.wait(until: deadline) else { return isRaised.load(ordering: .acquiring) }
            }
            return true
        }
    }
}
