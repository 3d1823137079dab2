internal import MillraceBroker
internal import MillraceNetwork
internal import Synchronization

/// Ends the wait of a `Poller`. Raised from any thread; cleared and waited for by the poller's. Raising one that is up
/// costs one atomic exchange, clearing one a store: no system call where nobody waits.
final class PollerBell: Wakeable {
    private let alarm: PollerAlarm
    private let isUp = Atomic<Bool>(false)

    init() throws(SocketError) { alarm = try PollerAlarm() }

    /// For the poller, for reading.
    var descriptor: Int32 { alarm.descriptor }

    func raise() {
        guard !isUp.exchange(true, ordering: .acquiringAndReleasing) else { return }
        alarm.raise()
    }

    /// To be looked at before each wait: the descriptor may come up a moment later.
    var isRaised: Bool { isUp.load(ordering: .acquiring) }

    /// The descriptor may stay up, for one wait too short.
    func clear() { isUp.store(false, ordering: .sequentiallyConsistent) }

    /// The poller has reported the descriptor; whether the bell is up stays as it is.
    func quieten() { alarm.clear() }
}
