/// Holds back moves of tasks to instances that are not ready for them (KIP-441, SEMANTICS N1): until such an instance
/// has read the task's changelogs, the task stays with its owner, and the instance keeps it warm, as a standby beyond
/// the number that is wanted. Then it asks for the next assignment. Pure; the same input gives the same answer.
struct WarmupPlan {
    /// What counts as ready, and how many tasks are warmed up at a time.
    struct Limits: Hashable, Sendable {
        /// Offsets of a changelog that may be left to read.
        var acceptableLag: Int64
        /// 0: nothing is held back.
        var warmupsMaximum: Int
    }

    /// By member, the tasks that it is to run.
    private(set) var active: [String: [TaskID]] = [:]
    /// By member, the tasks that it is to get once it is ready for them.
    private(set) var warmups: [String: [TaskID]] = [:]

    /// - Parameters:
    ///   - balanced: by member, the tasks that it should run in the end.
    ///   - isStateful: whether a task has anything to restore.
    init(
        members: [TaskBalance.Member], balanced: [String: [TaskID]], limits: Limits,
        isStateful: (TaskID) -> Bool
    ) {
        active = balanced
        guard limits.warmupsMaximum > 0 else { return }
        var owners: [TaskID: TaskBalance.Member] = [:]
        for member in members { for task in member.active { owners[task] = member } }
        var count = 0
        let moves = members.flatMap { member in (balanced[member.id] ?? []).map { (task: $0, target: member) } }
        for (task, target) in moves.sorted(by: { $0.task < $1.task }) where isStateful(task) {
            guard let owner = owners[task], owner.instance != target.instance else { continue }
            let isReady = members.contains { member in
                member.instance == target.instance && (member.lags[task].map { $0 <= limits.acceptableLag } ?? false)
            }
            if isReady { continue }
            active[target.id]?.removeAll { $0 == task }
            active[owner.id, default: []].append(task)
            // The rest waits for its turn: the assignment after these have moved.
            if count < limits.warmupsMaximum { warmups[target.id, default: []].append(task) }
            count += 1
        }
        active = active.mapValues { $0.sorted() }
    }

    /// Which of a member's standbys its instance is to get: not always by a thread that keeps them warm itself.
    func awaited(of id: String, standby: [TaskID], members: [TaskBalance.Member]) -> [TaskID] {
        guard let instance = members.first(where: { $0.id == id })?.instance else { return [] }
        let moving = Set(members.filter { $0.instance == instance }.flatMap { warmups[$0.id] ?? [] })
        return standby.filter(moving.contains)
    }

    /// Puts the tasks to be warmed up among the standbys, save those that the instance keeps warm in any case.
    func added(to standby: [String: [TaskID]], members: [TaskBalance.Member]) -> [String: [TaskID]] {
        var all = standby
        for (id, tasks) in warmups {
            guard let instance = members.first(where: { $0.id == id })?.instance else { continue }
            let kept = Set(members.filter { $0.instance == instance }.flatMap { standby[$0.id] ?? [] })
            all[id, default: []] += tasks.filter { !kept.contains($0) }
            all[id]?.sort()
        }
        return all
    }
}
