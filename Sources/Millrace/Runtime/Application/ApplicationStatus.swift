internal import MillraceCore

/// What the threads of an application report and everybody may ask: the state, why it stopped, restores, metrics.
/// Guarded by its monitor; used from any thread. Listeners are called without the lock, one at a time, in order.
final class ApplicationStatus: Sendable {
    enum ThreadPhase: Hashable, Sendable {
        case starting
        /// Waits for an assignment, or restores.
        case rebalancing
        case running
        case stopped
    }

    private enum Notice: Sendable {
        case state(StreamsState, from: StreamsState)
        case failed(StreamsError)
        case restored(RestoreReport)
    }

    private struct Facts {
        var state = StreamsState.created
        var error: StreamsError?
        /// By the threads' numbers.
        var threads: [Int: ThreadPhase] = [:]
        var metrics: [Int: ThreadMetrics] = [:]
        var isPaused = false
        var restores: [RestoreReport] = []
        var stateListeners: [@Sendable (StreamsState, StreamsState) -> Void] = []
        var errorListeners: [@Sendable (StreamsError) -> Void] = []
        var restoreListeners: [@Sendable (RestoreReport) -> Void] = []
        var notices: [Notice] = []
        var isDelivering = false
    }

    /// Most finished restores that are kept.
    private static let restoresMaximum = 10_000
    private let facts = Monitor(Facts())

    var state: StreamsState { facts.withLock { $0.state } }
    var error: StreamsError? { facts.withLock { $0.error } }
    var restores: [RestoreReport] { facts.withLock { $0.restores } }
    var metrics: [ThreadMetrics] {
        facts.withLock { facts in facts.metrics.sorted { $0.key < $1.key }.map(\.value) }
    }
    /// Whether tasks are to stand still.
    var isPaused: Bool { facts.withLock { $0.isPaused } }

    func setPaused(_ isPaused: Bool) { facts.withLock { $0.isPaused = isPaused } }

    func listen(toState listener: @escaping @Sendable (StreamsState, StreamsState) -> Void) {
        facts.withLock { $0.stateListeners.append(listener) }
    }

    func listen(toErrors listener: @escaping @Sendable (StreamsError) -> Void) {
        facts.withLock { $0.errorListeners.append(listener) }
    }

    func listen(toRestores listener: @escaping @Sendable (RestoreReport) -> Void) {
        facts.withLock { $0.restoreListeners.append(listener) }
    }

    func wait(timeout: Duration, for isWanted: (StreamsState) -> Bool) -> Bool {
        facts.wait(timeout: timeout) { isWanted($0.state) }
    }

    /// Begins; false where the application had been started before.
    func start(threads: Int) -> Bool {
        change { facts in
            guard facts.state == .created else { return false }
            for index in 0..<threads { facts.threads[index] = .starting }
            ApplicationStatus.move(&facts, to: .rebalancing)
            return true
        }
    }

    /// Enters one more thread and gives it the lowest number that is free; nil where the application does not run, or
    /// has `maximum` threads.
    func addThread(maximum: Int) -> Int? {
        facts.withLock { facts in
            guard facts.error == nil, facts.state == .running || facts.state == .rebalancing else { return nil }
            guard let index = (0..<maximum).first(where: { facts.threads[$0] == nil }) else { return nil }
            facts.threads[index] = .starting
            return index
        }
    }

    /// A thread that was to go has ended in order; the others go on.
    func remove(thread: Int) {
        change { facts in
            facts.threads[thread] = nil
            facts.metrics[thread] = nil
            ApplicationStatus.settle(&facts)
        }
    }

    /// False where it is closing or closed already.
    func beginClose() -> Bool {
        change { facts in
            if facts.state == .created {
                ApplicationStatus.move(&facts, to: .notRunning)
                return false
            }
            guard facts.state.canBecome(.pendingShutdown) else { return false }
            ApplicationStatus.move(&facts, to: .pendingShutdown)
            if facts.threads.isEmpty { ApplicationStatus.settle(&facts) }
            return true
        }
    }

    func report(thread: Int, _ phase: ThreadPhase) {
        let isNew = facts.withLock { $0.threads[thread] != nil && $0.threads[thread] != phase }
        guard isNew else { return }
        change { facts in
            facts.threads[thread] = phase
            ApplicationStatus.settle(&facts)
        }
    }

    /// An application whose threads have all been removed runs, and does nothing.
    private static func settle(_ facts: inout Facts) {
        let phases = facts.threads.values
        let isEnding = facts.error != nil || facts.state == .pendingShutdown
        if phases.allSatisfy({ $0 == .stopped }), isEnding || !phases.isEmpty {
            move(&facts, to: facts.error == nil ? .notRunning : .error)
        } else if phases.allSatisfy({ $0 == .running }) {
            move(&facts, to: .running)
        } else if phases.contains(.rebalancing) {
            move(&facts, to: .rebalancing)
        }
    }

    /// The first error stands.
    func fail(_ error: StreamsError) {
        change { facts in
            guard facts.error == nil else { return }
            facts.error = error
            facts.notices.append(.failed(error))
            // Final once the threads have stopped: see `report`.
            if facts.threads.isEmpty { ApplicationStatus.move(&facts, to: .error) }
        }
    }

    func report(_ restore: RestoreReport) {
        change { facts in
            facts.restores.append(restore)
            if facts.restores.count > ApplicationStatus.restoresMaximum { facts.restores.removeFirst() }
            facts.notices.append(.restored(restore))
        }
    }

    func report(thread: Int, metrics: ThreadMetrics) { facts.withLock { $0.metrics[thread] = metrics } }

    private static func move(_ facts: inout Facts, to state: StreamsState) {
        guard facts.state != state, facts.state.canBecome(state) else { return }
        facts.notices.append(.state(state, from: facts.state))
        facts.state = state
    }

    private func change<Result>(_ body: (inout Facts) -> Result) -> Result {
        let result = facts.update(body)
        deliver()
        return result
    }

    /// Whoever finds notices first delivers all, also those that come meanwhile.
    private func deliver() {
        while true {
            let next = facts.withLock { facts -> (Notice, Facts)? in
                guard !facts.isDelivering, !facts.notices.isEmpty else { return nil }
                facts.isDelivering = true
                return (facts.notices.removeFirst(), facts)
            }
            guard let (notice, listeners) = next else { return }
            switch notice {
            case .state(let new, let old): for listener in listeners.stateListeners { listener(new, old) }
            case .failed(let error): for listener in listeners.errorListeners { listener(error) }
            case .restored(let report): for listener in listeners.restoreListeners { listener(report) }
            }
            facts.withLock { $0.isDelivering = false }
        }
    }
}
