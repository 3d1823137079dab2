internal import Synchronization

/// Says once that a wait is to end. Set from any thread, taken by the one that waits.
final class Interruption: Sendable {
    private let isSet = Atomic<Bool>(false)

    func set() { isSet.store(true, ordering: .releasing) }

    /// Whether it was set; it is not afterwards.
    func take() -> Bool { isSet.exchange(false, ordering: .acquiringAndReleasing) }
}
