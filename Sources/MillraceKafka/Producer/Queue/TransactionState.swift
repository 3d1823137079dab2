internal import MillraceBroker
internal import MillraceCluster
internal import MillraceCore

/// What a transactional producer may do next. Pure; whoever does it says how it went. Rules: KIP-98, KIP-360 for new
/// epochs, KIP-447 for offsets, KIP-890 for the second version.
struct TransactionState {
    enum Phase {
        /// Not initialised. Can become: ready.
        case unready
        /// No transaction. Can become: open.
        case ready
        /// Can become: ready (nothing to be ended), doomed, ending, broken.
        case open
        /// Something of it is lost: it can only be aborted. Can become: ending, ready, broken.
        case doomed(ClusterError)
        /// The coordinator was told and may have decided; it is asked again until it says so. Can become: ready,
        /// doomed (it has refused to commit), broken.
        case ending(TransactionOutcome)
        /// Fenced, or of no use any more. Can become: ready, by initialising.
        case broken(ClusterError)
    }

    private(set) var phase = Phase.unready
    private(set) var version = TransactionVersion.v1
    private(set) var groups: Set<String> = []
    /// The coordinator has something to end.
    private(set) var isStarted = false

    mutating func initialized(_ version: TransactionVersion) {
        self.version = version
        end()
    }

    mutating func begin() throws(ClusterError) {
        switch phase {
        case .unready: throw ClusterError(.invalidRequest, "initializeTransactions comes before beginTransaction")
        case .ready: phase = .open
        case .open, .doomed, .ending: throw ClusterError(.invalidRequest, "a transaction is open already")
        case .broken(let error): throw error
        }
    }

    /// Something may be added to the open transaction.
    func requireOpen() throws(ClusterError) {
        switch phase {
        case .open: return
        case .doomed(let error), .broken(let error): throw error
        case .unready, .ready: throw ClusterError(.invalidRequest, "no transaction is open")
        case .ending: throw ClusterError(.retriable, "whether the transaction was ended is not known")
        }
    }

    /// Whether there is anything to abort.
    var isOpen: Bool {
        switch phase {
        case .open, .doomed, .ending: true
        case .unready, .ready, .broken: false
        }
    }

    /// The coordinator was told, and has not answered.
    var isEnding: Bool { if case .ending = phase { true } else { false } }

    /// Records or offsets are on their way.
    mutating func start() { isStarted = true }
    mutating func add(group: String) { groups.insert(group) }

    /// Something of the transaction has failed; says what that means for its owner. What was only late, or refused, is
    /// missing from the transaction: it has to be aborted.
    mutating func fail(_ error: ClusterError) -> ClusterError {
        switch error.kind {
        case .fenced, .fatal:
            phase = .broken(error)
            return error
        case .retriable, .invalidRequest, .storageFull, .storageFailed:
            let told = ClusterError(
                .transactionAbortable, error.message, partition: error.partition, code: error.code)
            phase = .doomed(told)
            return told
        default:
            phase = .doomed(error)
            return error
        }
    }

    // MARK: Ending

    /// The end begins, or is tried again.
    ///
    /// - Returns: whether the coordinator has to be told.
    mutating func beginEnd(_ outcome: TransactionOutcome) throws(ClusterError) -> Bool {
        switch (phase, outcome) {
        case (.open, _), (.doomed, .abort), (.ending(.commit), .commit), (.ending(.abort), .abort): break
        case (.ending, _):
            throw ClusterError(.retriable, "whether the transaction was ended is not known; it cannot be changed")
        case (.doomed(let error), .commit), (.broken(let error), _): throw error
        case (.unready, _), (.ready, _): throw ClusterError(.invalidRequest, "no transaction is open")
        }
        if isStarted { phase = .ending(outcome) }
        return isStarted
    }

    /// The coordinator has refused, or cannot be reached, which leaves the end unknown.
    mutating func endFailed(_ error: ClusterError, _ outcome: TransactionOutcome) {
        switch error.kind {
        case .retriable: phase = .ending(outcome)
        case .fenced, .fatal: phase = .broken(error)
        default: phase = outcome == .commit ? .doomed(error) : .broken(error)
        }
    }

    /// It is over.
    mutating func end() {
        phase = .ready
        groups = []
        isStarted = false
    }

    /// A new epoch is needed, and there is none yet.
    mutating func loseEpoch() { phase = .unready }
}
