/// Spreads tasks over members: nobody has two more than another; as many tasks as that allows stay where they were, or
/// go where their state is. Pure; the same input gives the same answer, whatever the order of the members.
struct TaskBalance {
    struct Member {
        var id: String
        /// Members of one instance share a disk.
        var instance: String
        /// What it ran.
        var active: [TaskID] = []
        /// What it kept warm.
        var standby: [TaskID] = []
        /// Of what it keeps warm, how far behind each was, where that is known.
        var lags: [TaskID: Int64] = [:]
        /// What lies on its disk, as it was left.
        var onDisk: [TaskID] = []
    }

    private let members: [Member]
    private var assigned: [String: [TaskID]] = [:]
    private var open: Set<TaskID> = []
    private var floor = 0
    private var extras = 0

    init(members: [Member]) { self.members = members.sorted { $0.id < $1.id } }

    mutating func assign(_ tasks: [TaskID]) -> [String: [TaskID]] {
        guard !members.isEmpty else { return [:] }
        assigned = Dictionary(uniqueKeysWithValues: members.map { ($0.id, []) })
        floor = tasks.count / members.count
        extras = tasks.count % members.count
        open = Set(tasks)

        // 1. Every member keeps what it had, up to its share; what others have too is given up first.
        let copies = copyCounts()
        for member in members {
            keep(member.active.sorted { (copies[$0] ?? 0, $0) < (copies[$1] ?? 0, $1) }, for: member)
        }
        // 2. What another thread of the same instance had stays on that instance's disk.
        for member in members { keep(siblings(of: member).flatMap(\.active).sorted(), for: member) }
        // 3. What nobody runs any more goes where it is warm, first to the thread, then to its instance.
        for member in members { keep(member.standby.sorted(), for: member) }
        for member in members { keep(siblings(of: member).flatMap(\.standby).sorted(), for: member) }
        // 4. Else to where some of its state lies; threads of one instance take turns.
        var isTaken = true
        while isTaken {
            isTaken = false
            for member in members {
                let held = (member.onDisk + siblings(of: member).flatMap(\.onDisk)).filter(open.contains).sorted()
                if let task = held.first, take(task, for: member) { isTaken = true }
            }
        }
        // 5. The rest goes to whoever has least.
        for task in open.sorted() {
            guard let member = members.min(by: { load($0) < load($1) }) else { continue }
            assigned[member.id, default: []].append(task)
        }
        return assigned
    }

    private func siblings(of member: Member) -> [Member] {
        members.filter { $0.instance == member.instance && $0.id != member.id }
    }

    /// On how many instances each task has state.
    private func copyCounts() -> [TaskID: Int] {
        var instances: [TaskID: Set<String>] = [:]
        for member in members {
            for task in member.active + member.standby + member.onDisk {
                instances[task, default: []].insert(member.instance)
            }
        }
        return instances.mapValues(\.count)
    }

    private func load(_ member: Member) -> Int { assigned[member.id]?.count ?? 0 }

    private mutating func keep(_ tasks: [TaskID], for member: Member) {
        for task in tasks where open.contains(task) { guard take(task, for: member) else { return } }
    }

    /// A member may have `floor` tasks, and `extras` members one more.
    private mutating func take(_ task: TaskID, for member: Member) -> Bool {
        if load(member) >= floor {
            guard load(member) == floor, extras > 0 else { return false }
            extras -= 1
        }
        open.remove(task)
        assigned[member.id, default: []].append(task)
        return true
    }
}
