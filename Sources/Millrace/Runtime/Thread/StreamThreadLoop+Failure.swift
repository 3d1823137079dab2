internal import MillraceCluster
internal import MillraceCore
internal import MillraceStores

/// What a failure of a round leads to; nil stops the application (ARCHITECTURE §5: retry, close dirty and rejoin,
/// rebuild a store, stop). Pure.
enum Recovery: Hashable {
    /// Abort, close all tasks without committing, and get them anew from the group.
    case rejoin
    /// The same; the damaged store is emptied and restored from its changelog.
    case rebuild(path: String, message: String)

    init?(for error: any Error) {
        switch error {
        case let error as ClusterError:
            switch error.kind {
            // Another member has this one's static name: to join again would be refused again.
            case .fenced where error.code == .fencedInstanceID: return nil
            case .fenced, .rebalanceNeeded, .retriable, .transactionAbortable: self = .rejoin
            default: return nil
            }
        case let error as StoreError where error.kind == .corrupt && !error.path.isEmpty:
            self = .rebuild(path: error.path, message: error.description)
        default: return nil
        }
    }
}

extension StreamThreadLoop {
    /// Failures in a row, without running in between, after which the thread gives up.
    private static let recoveriesMaximum = 100

    /// The one abort path: nothing of the open transaction stays, neither in the cluster nor in the stores.
    func recover(from error: any Error, _ reaction: Recovery, rejoins: Bool = true) throws {
        recoveries += 1
        metrics.aborts += 1
        if recoveries > StreamThreadLoop.recoveriesMaximum {
            throw StreamsError(
                .timedOut, "gave up after \(recoveries) recoveries in a row: \(error)", location: .init(thread: name),
                cause: error)
        }
        if case .rebuild(let path, let message) = reaction { maker.damaged[path] = message }
        collector.discard()
        producer.abort()
        closeAllDirty()
        do {
            try producer.recreate()
        } catch {
            // A cluster that cannot be reached now: the next transaction tries again.
            guard Recovery(for: error) != nil else { throw error }
        }
        hasAssignment = false
        environment.status.report(thread: index, .rebalancing)
        if rejoins { consumer.rejoin() }
    }

    /// Closes in order: the next start finds everything on disk.
    func shutDown() throws {
        do {
            if hasAssignment { try commit() }
        } catch {
            guard let reaction = Recovery(for: error) else { throw error }
            try recover(from: error, reaction, rejoins: false)
        }
        var failure: (any Error)?
        for task in tasks.values.sorted(by: { $0.id < $1.id }) {
            do { try closeClean(task) } catch { failure = failure ?? error }
        }
        closeAllStandbys()
        if let failure { throw failure }
        // It does not come back: nobody is to wait for its session.
        if ending == .leave { consumer.leaveGroup() }
        closeClients()
    }

    /// The loop ends; what is committed stays as it is. What comes of it, `uncaughtErrors` says.
    func fail(_ failure: any Error) -> StreamThreadLives.End {
        let error = StreamsError(failure, location: .init(thread: name))
        let reaction = configuration.reaction(to: error)
        if reaction != .replaceThread { environment.status.fail(error) }
        collector.discard()
        producer.abort()
        closeAllDirty()
        if reaction == .stopApplication { tellGroupToStop() }
        closeClients()
        return reaction == .replaceThread ? .replaced : .stopped
    }

    /// Joins the group once more to say that all instances are to stop, and waits until the leader has passed it on.
    /// A group that cannot be reached is not told; this instance stops in any case.
    private func tellGroupToStop() {
        assignor.requestStop()
        let deadline = nanoseconds + configuration.rebalanceTimeout.wholeNanoseconds
        do {
            consumer.rejoin()
            while nanoseconds < deadline, !mailbox.take().contains(.abandon) {
                switch try consumer.poll(maxWait: .milliseconds(100), into: &batches) {
                case .revoking: try consumer.completeRevocation()
                case .assigned(_, let userData):
                    if AssignmentUserData(decoding: userData).stopsApplication { return }
                    consumer.rejoin()
                case .lost, nil: break
                }
            }
        } catch {
            return
        }
    }

    private func closeClients() {
        restorer.close()
        producer.close()
        consumer.close()
    }
}
