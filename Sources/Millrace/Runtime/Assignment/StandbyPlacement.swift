/// Chooses who keeps which tasks warm: each task on as many instances as wanted, as far as there are instances that do
/// not run it; where it was warm before, else where its state lies, else where there is least to do. Pure; the same
/// input gives the same answer, whatever the order of the members.
struct StandbyPlacement {
    private let members: [TaskBalance.Member]
    /// By instance, sorted.
    private let threads: [String: [TaskBalance.Member]]
    private let names: [String]
    /// The instances that have each task already, as its owner or as a standby.
    private var holders: [TaskID: Set<String>] = [:]
    private var placed: [String: [TaskID]] = [:]

    /// - Parameter active: by member, what the balance has given out.
    init(members: [TaskBalance.Member], active: [String: [TaskID]]) {
        self.members = members.sorted { $0.id < $1.id }
        threads = Dictionary(grouping: self.members, by: \.instance)
        names = threads.keys.sorted()
        for member in self.members {
            for task in active[member.id] ?? [] { holders[task, default: []].insert(member.instance) }
        }
    }

    /// By member, the tasks that it is to keep warm, in order.
    mutating func place(_ tasks: [TaskID], replicas: Int) -> [String: [TaskID]] {
        guard replicas > 0, !members.isEmpty else { return [:] }
        let count = tasks.count * min(replicas, names.count - 1)
        var wanted = Dictionary(uniqueKeysWithValues: tasks.map { ($0, replicas) })
        // 1. Where it is warm, or lies: but nobody more than its share, or the first would keep everything.
        for source in [\TaskBalance.Member.standby, \.active, \.onDisk] {
            for task in tasks.sorted() {
                for name in names where (wanted[task] ?? 0) > 0 {
                    let share = (count * (threads[name]?.count ?? 0) + members.count - 1) / members.count
                    guard threads[name]?.contains(where: { $0[keyPath: source].contains(task) }) ?? false,
                        (placed[name]?.count ?? 0) < share, give(task, to: name)
                    else { continue }
                    wanted[task, default: 1] -= 1
                }
            }
        }
        // 2. The rest goes to whoever has least for each of its threads.
        for task in tasks.sorted() {
            while (wanted[task] ?? 0) > 0 {
                let open = names.filter { !(holders[task]?.contains($0) ?? false) }
                guard let name = open.min(by: { load($0) < load($1) }), give(task, to: name) else { break }
                wanted[task, default: 1] -= 1
            }
        }
        return spreadOverThreads()
    }

    private func load(_ name: String) -> Double {
        Double(placed[name]?.count ?? 0) / Double(threads[name]?.count ?? 1)
    }

    private mutating func give(_ task: TaskID, to name: String) -> Bool {
        guard holders[task, default: []].insert(name).inserted else { return false }
        placed[name, default: []].append(task)
        return true
    }

    /// Inside an instance, a thread keeps what it had, up to its share.
    private func spreadOverThreads() -> [String: [TaskID]] {
        var result: [String: [TaskID]] = [:]
        for (name, tasks) in placed {
            guard let own = threads[name] else { continue }
            let share = (tasks.count + own.count - 1) / own.count
            var open: [TaskID] = []
            for task in tasks.sorted() {
                let keeper = own.first { $0.standby.contains(task) && (result[$0.id]?.count ?? 0) < share }
                if let keeper { result[keeper.id, default: []].append(task) } else { open.append(task) }
            }
            for task in open {
                guard let least = own.min(by: { (result[$0.id]?.count ?? 0) < (result[$1.id]?.count ?? 0) })
                else {
                    continue
                }
                result[least.id, default: []].append(task)
            }
        }
        return result.mapValues { $0.sorted() }
    }
}
