/// The unmatched records of one side of a join in the order of their timestamps: what `UnmatchedRecords` closes next.
/// A record that has met its partner stays until its time has come; whoever takes it looks whether it still counts.
/// Pure memory, one owner.
@usableFromInline
struct UnmatchedQueue<Key> {
    @usableFromInline
    struct Entry {
        @usableFromInline let timestamp: Int64
        @usableFromInline let key: Key

        @inlinable
        init(_ timestamp: Int64, _ key: Key) {
            self.timestamp = timestamp
            self.key = key
        }
    }

    /// Ascending by timestamp; those before `start` have been taken.
    @usableFromInline var entries: [Entry] = []
    @usableFromInline var start = 0

    @inlinable init() {}

    @inlinable var isEmpty: Bool { start == entries.count }
    @inlinable var firstTimestamp: Int64? { isEmpty ? nil : entries[start].timestamp }

    /// Nearly all come in order, at the end.
    @inlinable
    mutating func insert(_ timestamp: Int64, _ key: Key) {
        var place = entries.count
        if place > start, entries[place - 1].timestamp > timestamp {
            var low = start
            while low < place {
                let middle = (low + place) / 2
                if entries[middle].timestamp <= timestamp { low = middle + 1 } else { place = middle }
            }
        }
        entries.insert(Entry(timestamp, key), at: place)
    }

    /// Takes all entries with the first timestamp.
    @inlinable
    mutating func takeFirst(_ body: (Key) -> Void) {
        guard let timestamp = firstTimestamp else { return }
        while start < entries.count, entries[start].timestamp == timestamp {
            body(entries[start].key)
            start += 1
        }
        // Half of the array is free: moving the rest costs less than what has been taken.
        if start >= 32, start * 2 >= entries.count {
            entries.removeFirst(start)
            start = 0
        }
    }
}
