/// Spreads tasks over members: nobody has two more than another; as many tasks as that allows stay where they were.
/// Pure; the same input gives the same answer, whatever the order of the members.
struct TaskBalance {
    struct Member {
        var id: String
        var instance: String
        var previous: [TaskID]
    }

    private let members: [Member]
    private var assigned: [String: [TaskID]] = [:]

    init(members: [Member]) { self.members = members.sorted { $0.id < $1.id } }

    mutating func assign(_ tasks: [TaskID]) -> [String: [TaskID]] {
        guard !members.isEmpty else { return [:] }
        assigned = Dictionary(uniqueKeysWithValues: members.map { ($0.id, []) })
        let floor = tasks.count / members.count
        var extras = tasks.count % members.count
        let all = Set(tasks)
        var open = all

        // 1. Every member keeps what it had, up to its share.
        for member in members {
            for task in member.previous.sorted() where open.contains(task) {
                guard take(task, for: member, floor: floor, extras: &extras) else { break }
                open.remove(task)
            }
        }
        // 2. What another thread of the same instance had stays on that instance's disk.
        for member in members {
            let siblings = members.filter { $0.instance == member.instance && $0.id != member.id }
            for task in siblings.flatMap(\.previous).sorted() where open.contains(task) {
                guard take(task, for: member, floor: floor, extras: &extras) else { break }
                open.remove(task)
            }
        }
        // 3. The rest goes to whoever has least.
        for task in open.sorted() {
            guard let member = members.min(by: { load($0) < load($1) }) else { continue }
            assigned[member.id, default: []].append(task)
        }
        return assigned
    }

    private func load(_ member: Member) -> Int { assigned[member.id]?.count ?? 0 }

    /// A member may have `floor` tasks, and `extras` members one more.
    private mutating func take(_ task: TaskID, for member: Member, floor: Int, extras: inout Int) -> Bool {
        if load(member) >= floor {
            guard load(member) == floor, extras > 0 else { return false }
            extras -= 1
        }
        assigned[member.id, default: []].append(task)
        return true
    }
}
