internal import Synchronization

/// Says once that a wait is to end: what `ClusterConsumer.wakeUp` leaves for a poll. Set from any thread, taken by the
/// one that waits. No I/O.
package final class Interruption: Sendable {
    private let isSet = Atomic<Bool>(false)

    package init() {}

    package func set() { isSet.store(true, ordering: .releasing) }

    /// Whether it was set; it is not afterwards.
    package func take() -> Bool { isSet.exchange(false, ordering: .acquiringAndReleasing) }
}
