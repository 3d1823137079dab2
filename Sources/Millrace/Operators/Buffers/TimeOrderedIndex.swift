internal import MillraceCore
internal import MillraceStores

/// What a buffer holds, in the order in which it leaves: by time, then by the bytes of its key (unsigned). The index of
/// `suppress`, of unmatched join results and of streams that wait for a table; their contents lie in a store, from
/// which the index is made anew when a task starts. Pure; owned by one operator.
///
/// Sorted leaves side by side. Nearly all is put at the end and taken from the start, which costs a binary search and a
/// move within one leaf.
@usableFromInline
struct TimeOrderedIndex<Element> {
    /// A place in the order and what stands there.
    @usableFromInline
    struct Entry {
        @usableFromInline let time: Int64
        /// The key's serialised form.
        @usableFromInline let key: [UInt8]
        @usableFromInline var element: Element

        @inlinable
        init(time: Int64, key: [UInt8], element: Element) {
            self.time = time
            self.key = key
            self.element = element
        }
    }

    /// Ascending; never an empty leaf, save the only one.
    @usableFromInline var leaves: [[Entry]] = [[]]
    @usableFromInline var count = 0

    @inlinable static var leafMaximum: Int { 128 }

    @inlinable init() {}

    @inlinable var isEmpty: Bool { count == 0 }

    /// What leaves next; nil where nothing is held.
    @inlinable var first: Entry? { leaves[0].first }

    /// The time of `first`.
    @inlinable var firstTime: Int64? { leaves[0].first?.time }

    /// Puts an element in its place; what stood there is replaced.
    @inlinable
    mutating func insert(_ element: Element, time: Int64, key: [UInt8]) {
        let (leaf, index, isFound) = place(time: time, key: key)
        if isFound {
            leaves[leaf][index].element = element
            return
        }
        leaves[leaf].insert(Entry(time: time, key: key, element: element), at: index)
        count += 1
        let size = leaves[leaf].count
        guard size > Self.leafMaximum else { return }
        // A leaf that grew at its end is being filled in order: leave it nearly full.
        let cut = index == size - 1 ? size - 8 : size / 2
        let upper = Array(leaves[leaf][cut...])
        leaves[leaf].removeSubrange(cut...)
        leaves.insert(upper, at: leaf + 1)
    }

    /// Changes the element at a place, which it keeps. Returns false where nothing stands there.
    @inlinable
    @discardableResult
    mutating func update(time: Int64, key: [UInt8], _ change: (inout Element) -> Void) -> Bool {
        let (leaf, index, isFound) = place(time: time, key: key)
        if isFound { change(&leaves[leaf][index].element) }
        return isFound
    }

    /// Takes out what is first.
    @inlinable
    @discardableResult
    mutating func removeFirst() -> Entry? {
        if count == 0 { return nil }
        return remove(leaf: 0, index: 0)
    }

    /// Takes out what stands at a place; nil where nothing does.
    @inlinable
    @discardableResult
    mutating func remove(time: Int64, key: [UInt8]) -> Entry? {
        let (leaf, index, isFound) = place(time: time, key: key)
        return isFound ? remove(leaf: leaf, index: index) : nil
    }

    /// Calls `body` for each entry in order until it returns false.
    @inlinable
    func forEach(_ body: (Entry) throws -> Bool) rethrows {
        for leaf in leaves {
            for entry in leaf where try !body(entry) { return }
        }
    }

    @inlinable
    mutating func remove(leaf: Int, index: Int) -> Entry {
        let entry = leaves[leaf].remove(at: index)
        count -= 1
        if leaves[leaf].isEmpty && leaves.count > 1 { leaves.remove(at: leaf) }
        return entry
    }

    /// Where an entry stands or would stand.
    @inlinable
    func place(time: Int64, key: [UInt8]) -> (leaf: Int, index: Int, isFound: Bool) {
        var low = 0
        var high = leaves.count - 1
        // The last leaf whose first entry is not after the place.
        while low < high {
            let middle = (low + high + 1) / 2
            let first = leaves[middle][0]
            if Self.precedes(time, key, first.time, first.key) { high = middle - 1 } else { low = middle }
        }
        var start = 0
        var end = leaves[low].count
        while start < end {
            let middle = (start + end) / 2
            let candidate = leaves[low][middle]
            if Self.precedes(candidate.time, candidate.key, time, key) { start = middle + 1 } else { end = middle }
        }
        guard start < leaves[low].count else { return (low, start, false) }
        let candidate = leaves[low][start]
        return (low, start, candidate.time == time && candidate.key == key)
    }

    @inlinable
    static func precedes(_ time: Int64, _ key: [UInt8], _ otherTime: Int64, _ otherKey: [UInt8]) -> Bool {
        time != otherTime ? time < otherTime : KeyBytes.precedes(key, otherKey)
    }
}

/// The order of serialised keys: unsigned bytes, a prefix first. Not generic, hence compiled once.
@usableFromInline
enum KeyBytes {
    @usableFromInline
    static func precedes(_ key: [UInt8], _ other: [UInt8]) -> Bool { key.span.bytes.precedes(other.span.bytes) }
}
