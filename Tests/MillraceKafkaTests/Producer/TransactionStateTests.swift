import MillraceBroker
import MillraceCluster
import MillraceCore
import Testing

@testable import MillraceKafka

@Suite("What a transactional producer may do next")
struct TransactionStateTests {
    private func open(_ version: TransactionVersion = .v2) throws -> TransactionState {
        var state = TransactionState()
        state.initialized(version)
        try state.begin()
        return state
    }

    private func kind(_ body: () throws -> Void) -> ClusterError.Kind? {
        do { try body() } catch { return (error as? ClusterError)?.kind }
        return nil
    }

    @Test("begin comes after initialise, and once")
    func order() throws {
        var state = TransactionState()
        #expect(kind { try state.begin() } == .invalidRequest)
        state.initialized(.v1)
        #expect(kind { try state.requireOpen() } == .invalidRequest)
        try state.begin()
        #expect(kind { try state.begin() } == .invalidRequest)
    }

    @Test("a transaction of which nothing has gone out needs no coordinator to end it")
    func empty() throws {
        var state = try open()
        let needsCoordinator = try state.beginEnd(.commit)
        #expect(!needsCoordinator)
    }

    @Test(
        "what has failed leaves an abort only, what is fenced not even that",
        arguments: [
            (ClusterError.Kind.retriable, ClusterError.Kind.transactionAbortable),
            (.invalidRequest, .transactionAbortable), (.transactionAbortable, .transactionAbortable),
            (.rebalanceNeeded, .rebalanceNeeded), (.unknownTopic, .unknownTopic), (.fenced, .fenced), (.fatal, .fatal),
        ])
    func failures(given: ClusterError.Kind, told: ClusterError.Kind) throws {
        var state = try open()
        state.start()
        let failure = state.fail(ClusterError(given, "simulated"))
        #expect(failure.kind == told)
        #expect(kind { try state.requireOpen() } == told)
        #expect(kind { _ = try state.beginEnd(.commit) } == told)
        let mayAbort = kind { _ = try state.beginEnd(.abort) } == nil
        #expect(mayAbort == ![.fenced, .fatal].contains(told))
        #expect(state.isOpen == mayAbort)
    }

    @Test("an end whose outcome is not known can only be tried again, the same way")
    func unknownEnd() throws {
        var state = try open()
        state.start()
        _ = try state.beginEnd(.commit)
        state.endFailed(ClusterError(.retriable, "no answer"), .commit)
        #expect(kind { try state.requireOpen() } == .retriable)
        #expect(kind { _ = try state.beginEnd(.abort) } == .retriable)
        let again = try state.beginEnd(.commit)
        #expect(again)
        state.end()
        try state.begin()
        #expect(!state.isStarted)
    }

    @Test("a commit that is refused can be aborted; an abort that is refused cannot be helped")
    func refusedEnd() throws {
        var state = try open()
        state.start()
        _ = try state.beginEnd(.commit)
        state.endFailed(ClusterError(.transactionAbortable, "refused"), .commit)
        _ = try state.beginEnd(.abort)
        state.endFailed(ClusterError(.transactionAbortable, "refused"), .abort)
        #expect(!state.isOpen)
        #expect(kind { try state.begin() } == .transactionAbortable)
        state.initialized(.v2)
        try state.begin()
    }
}
