internal import MillraceCore
internal import Synchronization

/// Counts what all connections of a server cost together. From any thread.
final class ServerAdmission: Sendable {
    private struct State {
        var total = 0
        var byHost: [String: Int] = [:]
    }

    private let limits: ServerLimits
    private let connections = Monitor(State())
    private let queuedBytes = Atomic<Int>(0)

    init(_ limits: ServerLimits) { self.limits = limits }

    /// A connection came in; returns why it may not stay.
    func enter(host: String) -> String? {
        connections.withLock { state in
            guard state.total < limits.connectionsMax else { return "there are \(state.total) connections already" }
            let count = state.byHost[host] ?? 0
            guard count < limits.connectionsPerAddressMax else {
                return "there are \(count) connections from this address already"
            }
            state.total += 1
            state.byHost[host] = count + 1
            return nil
        }
    }

    /// A connection that was let in has ended.
    func leave(host: String) {
        connections.withLock { state in
            state.total -= 1
            let count = (state.byHost[host] ?? 1) - 1
            state.byHost[host] = count == 0 ? nil : count
        }
    }

    var connectionCount: Int { connections.withLock { $0.total } }

    /// A connection holds so many bytes more (or fewer); returns whether that is within the limit.
    func hold(_ change: Int) -> Bool {
        guard change != 0 else { return true }
        let total = queuedBytes.wrappingAdd(change, ordering: .relaxed).newValue
        return change < 0 || total <= limits.queuedBytesMax
    }

    var heldByteCount: Int { queuedBytes.load(ordering: .relaxed) }
}
