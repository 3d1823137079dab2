import MillraceBroker
import MillraceCore
import Testing

/// What an opening broker makes of `__transaction_state` for the transactions that logs still hold open.
@Suite("Decided outcomes")
struct DecidedOutcomesTests {
    private let a = TopicPartition("a", 0)
    private let writer = ProducerIdentity(id: 7, epoch: 5)

    private func decided(
        _ status: TransactionStatus, _ version: TransactionVersion, shared: Bool, at offset: Int64 = -1,
        producer: ProducerIdentity? = nil
    ) -> TransactionMetadata {
        let raised = ProducerIdentity(id: 7, epoch: 6)
        var entry = TransactionMetadata(
            transactionalID: "t", producer: producer ?? (version == .v2 ? raised : writer),
            timeoutMilliseconds: 1_000, status: status, partitions: [a], updatedAt: Timestamp(1))
        entry.clientVersion = version
        entry.isEpochShared = shared
        if shared, status == .prepareCommit { entry.starts = [TransactionStart(incarnation: 1, offset: offset)] }
        return entry
    }

    private func end(
        _ outcomes: DecidedOutcomes, at offset: Int64, incarnation: Int64 = 1
    ) -> (outcome: TransactionOutcome, epoch: Int16) {
        let end = outcomes.end(
            of: writer, in: a, start: TransactionStart(incarnation: incarnation, offset: offset))
        return (end.outcome, end.marker.epoch)
    }

    @Test("an epoch of its own names a transaction wherever it begins")
    func ownEpoch() {
        var outcomes = DecidedOutcomes()
        #expect(end(outcomes, at: 3) == (.abort, 6))
        outcomes.note(decided(.prepareCommit, .v2, shared: false))
        #expect(end(outcomes, at: 3) == (.commit, 6))
        #expect(end(outcomes, at: 30) == (.commit, 6))
    }

    @Test("under a shared epoch only what begins where a commit began is committed, with the epoch as it was")
    func sharedEpoch() {
        var outcomes = DecidedOutcomes()
        outcomes.note(decided(.prepareCommit, .v1, shared: true, at: 3))
        outcomes.note(decided(.prepareAbort, .v1, shared: true))
        outcomes.note(decided(.prepareCommit, .v1, shared: true, at: 9))
        #expect(end(outcomes, at: 3) == (.commit, 5))
        #expect(end(outcomes, at: 9) == (.commit, 5))
        #expect(end(outcomes, at: 12) == (.abort, 6))
        #expect(end(outcomes, at: 3, incarnation: 2) == (.abort, 6), "a topic that was made again")
    }

    @Test("an end of version 2 after others of version 1 does not speak for them")
    func upgraded() {
        var outcomes = DecidedOutcomes()
        outcomes.note(decided(.prepareAbort, .v1, shared: true))
        outcomes.note(decided(.prepareCommit, .v2, shared: true, at: 9))
        #expect(end(outcomes, at: 3) == (.abort, 6))
        #expect(end(outcomes, at: 9) == (.commit, 6))
    }

    @Test("a checkpoint ends the past of a producer id")
    func checkpoint() {
        var outcomes = DecidedOutcomes()
        outcomes.note(decided(.prepareCommit, .v1, shared: true, at: 3))
        var entry = decided(.completeCommit, .v1, shared: true)
        entry.isCheckpoint = true
        outcomes.note(entry)
        #expect(end(outcomes, at: 3) == (.abort, 6))
        outcomes.note(decided(.prepareCommit, .v1, shared: true, at: 3))
        #expect(end(outcomes, at: 3) == (.commit, 5))
    }
}
