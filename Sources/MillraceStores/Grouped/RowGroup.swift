/// The overlay of one group: its rows in their order, side by side. Owned by a `GroupedStore`.
@usableFromInline
final class RowGroup<Group: Hashable, Row: GroupRow, Value> {
    @usableFromInline typealias Entry = OverlayEntry<Row, Value>

    @usableFromInline let group: Group
    @exclusivity(unchecked)
    @usableFromInline var entries: [Entry] = []
    /// Whether every visible row of the group is here, and what was committed of it.
    @exclusivity(unchecked)
    @usableFromInline var isComplete: Bool
    /// Too many rows to hold them all here.
    @usableFromInline var isLarge = false
    /// Read or written since the last eviction.
    @exclusivity(unchecked)
    @usableFromInline var isUsed = true
    /// No entry before this one is uncommitted; `.max`: none is, and the group is not in the list of those.
    @exclusivity(unchecked)
    @usableFromInline var uncommittedFrom = Int.max
    /// No entry before this one is unflushed; `.max`: none is, and the group is not in the list of those.
    @exclusivity(unchecked)
    @usableFromInline var unflushedFrom = Int.max

    @inlinable
    init(_ group: Group, isComplete: Bool) {
        self.group = group
        self.isComplete = isComplete
    }

    /// The index of the first row not below `row`. Most rows come in order: the end is tried first.
    @inlinable
    @inline(__always)
    func lowerBound(_ row: Row) -> Int {
        var high = entries.count
        if high == 0 || entries[high &- 1].key < row { return high }
        var low = 0
        while low < high {
            let middle = (low &+ high) / 2
            if entries[middle].key < row { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    /// The index of the first row above `row`.
    @inlinable
    func upperBound(_ row: Row) -> Int {
        let index = lowerBound(row)
        return index < entries.count && entries[index].key == row ? index + 1 : index
    }

    /// Adds an entry of which nothing is known.
    @inlinable
    func insert(_ row: Row, at index: Int) {
        entries.insert(Entry(key: row, hash: 0), at: index)
        if index <= uncommittedFrom && uncommittedFrom != .max { uncommittedFrom += 1 }
        if index <= unflushedFrom && unflushedFrom != .max { unflushedFrom += 1 }
    }

    @inlinable
    func remove(at index: Int) {
        entries.remove(at: index)
        if index < uncommittedFrom && uncommittedFrom != .max { uncommittedFrom -= 1 }
        if index < unflushedFrom && unflushedFrom != .max { unflushedFrom -= 1 }
    }

    /// Removes the rows whose time is before `firstVisible`; they are the first ones. Returns how many.
    @inlinable
    func removeExpired(before firstVisible: Int64) -> Int {
        var count = 0
        while count < entries.count, (entries[count].key.time ?? 0) < firstVisible { count += 1 }
        if count == 0 { return 0 }
        entries.removeFirst(count)
        if uncommittedFrom != .max { uncommittedFrom = max(0, uncommittedFrom - count) }
        if unflushedFrom != .max { unflushedFrom = max(0, unflushedFrom - count) }
        return count
    }

    /// Removes the entries that `isDropped` says; returns how many.
    @inlinable
    func removeAll(where isDropped: (Entry) -> Bool) -> Int {
        let before = entries.count
        entries.removeAll(where: isDropped)
        let removed = before - entries.count
        guard removed > 0 else { return 0 }
        if uncommittedFrom != .max { uncommittedFrom = 0 }
        if unflushedFrom != .max { unflushedFrom = 0 }
        return removed
    }
}
