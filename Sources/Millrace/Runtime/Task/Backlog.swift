/// Work that operators of a task have begun and put off, because one record brought more of it than one call may do.
/// The task goes on with it between records, a bounded part at a time. What is left is in the operators' stores, so it
/// outlives commits and restarts. Owned by the task's stream thread; no I/O.
@usableFromInline
final class Backlog {
    private struct Worker {
        let hasWork: () -> Bool
        let workOff: (Int) throws -> Int
    }

    private var workers: [Worker] = []
    private var turn = 0
    /// Units of work that records have brought along since `beginSlice`, on top of themselves.
    @exclusivity(unchecked)
    private(set) var spent = 0

    init() {}

    /// Adds an operator that may put work off.
    /// - Parameters:
    ///   - hasWork: whether any is left.
    ///   - workOff: does at most so many units of it, and returns how many.
    @usableFromInline
    func add(hasWork: @escaping () -> Bool, workOff: @escaping (Int) throws -> Int) {
        workers.append(Worker(hasWork: hasWork, workOff: workOff))
    }

    /// Counts units of work that were done within a record.
    @usableFromInline
    func spend(_ units: Int) { spent &+= units }

    func beginSlice() { spent = 0 }

    var hasWork: Bool { workers.contains { $0.hasWork() } }

    /// Does up to `limit` units, the operators in turn; returns how many.
    func workOff(limit: Int) throws -> Int {
        var done = 0
        for step in workers.indices where done < limit {
            let worker = workers[(turn + step) % workers.count]
            if worker.hasWork() { done += try worker.workOff(limit - done) }
        }
        turn += 1
        return done
    }
}
