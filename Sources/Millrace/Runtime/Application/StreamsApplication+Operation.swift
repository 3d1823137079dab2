internal import MillraceCore

/// What an operator does to an application that runs: more threads or fewer (KIP-663), a pause (KIP-834).
extension StreamsApplication {
    /// The names of the stream threads, those that are about to be removed included.
    public var threadNames: [String] {
        running.withLock { running in running.threads.sorted { $0.key < $1.key }.map(\.value.name) }
    }

    /// Starts one more stream thread; the group gives it its share of the tasks.
    ///
    /// - Returns: the thread's name.
    /// - Throws: `StreamsError` `.invalidState` where the application does not run, or has as many as it can have.
    @discardableResult
    public func addThread() throws(StreamsError) -> String {
        let name = running.withLock { running -> String? in
            guard let environment = running.environment,
                let index = status.addThread(maximum: StreamsConfiguration.threadsMaximum)
            else { return nil }
            let thread = StreamThread(index: index, environment: environment)
            running.threads[index] = thread
            running.leaving.remove(index)
            return thread.name
        }
        guard let name else {
            throw StreamsError(
                .invalidState,
                "the application is \(state) with \(threadNames.count) threads; one more cannot be started")
        }
        return name
    }

    /// Ends one stream thread, the one that came last: it commits, closes its tasks and leaves the group, which gives
    /// them to the others. An application without threads stays as it is, and does nothing until one is added. Not for
    /// listeners and operators: they run on the threads that may have to end. The tasks of a static member stay without
    /// an owner until its session has ended.
    ///
    /// - Returns: the thread's name; nil where it needs longer than `timeout`. It goes on ending.
    /// - Throws: `StreamsError` `.invalidState` where the application does not run or has no thread.
    @discardableResult
    public func removeThread(timeout: Duration = .seconds(60)) throws(StreamsError) -> String? {
        let chosen = running.withLock { running -> (index: Int, thread: StreamThread)? in
            guard state == .running || state == .rebalancing else { return nil }
            let candidates = running.threads.filter { !running.leaving.contains($0.key) }
            guard let last = candidates.max(by: { $0.key < $1.key }) else { return nil }
            running.leaving.insert(last.key)
            return (last.key, last.value)
        }
        guard let (index, thread) = chosen else {
            throw StreamsError(.invalidState, "the application is \(state) and has no thread that could be removed")
        }
        thread.post(.leave)
        guard thread.join(timeout: timeout) else { return nil }
        running.withLock { running in
            // Another one may have its number by now.
            guard running.threads[index] === thread else { return }
            running.threads[index] = nil
            running.leaving.remove(index)
        }
        return thread.name
    }

    /// Whether `pause` was called, and not `resume`.
    public var isPaused: Bool { status.isPaused }

    /// Lets the tasks stand still: no record is processed and no timer fires until `resume`. Threads stay in the group
    /// and keep their tasks, what was processed is committed, stores are restored, and queries are answered. Before
    /// `start`, the application starts so. The state is not another one.
    public func pause() { setPaused(true) }

    /// Goes on after `pause`.
    public func resume() { setPaused(false) }

    private func setPaused(_ isPaused: Bool) {
        status.setPaused(isPaused)
        for thread in running.withLock({ $0.threads }).values { thread.post(.look) }
    }
}
