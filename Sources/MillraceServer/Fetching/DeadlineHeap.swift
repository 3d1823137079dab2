internal import MillraceCore

/// Numbers by their deadlines, the earliest first. What has been done before its deadline stays in until then, or until
/// `prune`. Pure; owned by one loop.
struct DeadlineHeap {
    private var entries: [(deadline: MonotonicTime, id: UInt64)] = []

    var next: MonotonicTime? { entries.first?.deadline }
    var count: Int { entries.count }

    mutating func insert(_ id: UInt64, at deadline: MonotonicTime) {
        entries.append((deadline, id))
        var index = entries.count - 1
        while index > 0, case let parent = (index - 1) / 2, entries[index].deadline < entries[parent].deadline {
            entries.swapAt(index, parent)
            index = parent
        }
    }

    /// Takes out the earliest number if its deadline has come.
    mutating func popDue(at now: MonotonicTime) -> UInt64? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        return removeFirst(first.id)
    }

    /// Takes numbers out from the front that nobody waits for any more.
    mutating func prune(_ isAlive: (UInt64) -> Bool) {
        while let first = entries.first, !isAlive(first.id) { _ = removeFirst(first.id) }
    }

    private mutating func removeFirst(_ id: UInt64) -> UInt64 {
        entries[0] = entries[entries.count - 1]
        entries.removeLast()
        var index = 0
        while case var child = 2 * index + 1, child < entries.count {
            if child + 1 < entries.count, entries[child + 1].deadline < entries[child].deadline { child += 1 }
            guard entries[child].deadline < entries[index].deadline else { break }
            entries.swapAt(index, child)
            index = child
        }
        return id
    }
}
