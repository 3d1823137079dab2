/// Where an application stands.
public enum StreamsState: Hashable, Sendable {
    /// Made, not started. Can become: rebalancing, notRunning.
    case created
    /// Partitions are being handed out, or tasks restore their stores. Can become: running, pendingShutdown, error.
    case rebalancing
    /// All tasks process. Can become: rebalancing, pendingShutdown, error.
    case running
    /// `close` was called; threads commit and stop. Can become: notRunning, error.
    case pendingShutdown
    /// Closed in order. Final.
    case notRunning
    /// A thread failed and the application has stopped; `StreamsApplication.error` says why. Final.
    case error

    /// Whether it will stay so.
    public var isFinal: Bool { self == .notRunning || self == .error }

    func canBecome(_ next: StreamsState) -> Bool {
        switch (self, next) {
        case (.created, .rebalancing), (.created, .notRunning), (.created, .error): true
        case (.rebalancing, .running), (.rebalancing, .pendingShutdown), (.rebalancing, .error): true
        case (.running, .rebalancing), (.running, .pendingShutdown), (.running, .error): true
        case (.pendingShutdown, .notRunning), (.pendingShutdown, .error): true
        default: false
        }
    }
}
