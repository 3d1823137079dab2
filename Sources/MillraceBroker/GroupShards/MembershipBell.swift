internal import MillraceCore
internal import Synchronization

/// Rings when members come or go in the groups of one shard, so that members in this process ask at once whether their
/// group rebalances, and not when their next heartbeat is due. Does no I/O. Rung under the shard's lock, from any
/// thread; heard by the threads of consumers.
///
/// Kafka's protocol has nothing of the kind: there a member hears of a rebalance in the answer to a heartbeat.
package final class MembershipBell: Sendable {
    private let count = Atomic<UInt64>(0)
    private let listeners = Monitor<[any Wakeable]>([])

    /// How often it has rung.
    package var rings: UInt64 { count.load(ordering: .acquiring) }

    /// Raises `signal` at each ring, until `remove`.
    package func add(_ signal: any Wakeable) { listeners.withLock { $0.append(signal) } }

    package func remove(_ signal: any Wakeable) { listeners.withLock { $0.removeAll { $0 === signal } } }

    func ring() {
        count.wrappingAdd(1, ordering: .releasing)
        listeners.withLock { for signal in $0 { signal.raise() } }
    }
}
