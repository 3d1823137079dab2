public import MillraceCore
internal import MillraceStores

/// The local partitions of a store of sliding windows, as of each task's last commit. Windows that have left the
/// store's retention are not shown. Ask from any thread; each call takes the task's lock for one look-up or for the
/// windows of one key, a scan for some windows at a time.
///
///     let nearby = try application.store("nearby", .slidingWindow(String.self, Int64.self))
///     for (start, count) in try nearby.fetch("ada", from: morning, to: evening) { … }
public struct SlidingWindowView<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// After so many windows a scan lets the task go on.
    private static var pageSize: Int { 1_000 }
    let stores: LocalStore<SlidingWindowStore<Key, Value>>

    /// The value of `key` in the window that starts at `start`; nil where there is none.
    public func get(_ key: Key, windowStart start: Timestamp) throws(QueryError) -> Value? {
        guard start >= .epoch else { return nil }
        let row = WindowRow(start: start.millisecondsSinceEpoch)
        for partition in try stores.partitions() {
            let found = try stores.read(partition) { try $0.committedGet(key, row) }
            if let found { return found.value }
        }
        return nil
    }

    /// The windows of `key` that start from `from` to `to`, both included, in the order of their starts.
    public func fetch(
        _ key: Key, from: Timestamp, to: Timestamp
    ) throws(QueryError) -> [(windowStart: Timestamp, value: Value)] {
        guard to >= .epoch else { return [] }
        let first = WindowRow(start: max(0, from.millisecondsSinceEpoch))
        let last = WindowRow(start: to.millisecondsSinceEpoch)
        for partition in try stores.partitions() {
            let found = try stores.read(partition) { try $0.rows(in: key, from: first, to: last, view: .committed) }
            // A key is in one partition only.
            if !found.isEmpty { return found.map { (Timestamp($0.row.start), $0.value.value) } }
        }
        return []
    }

    /// Every window, partition by partition; within each by stretches of time, then by the bytes of the keys.
    public func all() throws(QueryError) -> [(key: Key, windowStart: Timestamp, value: Value)] {
        var found: [(key: Key, windowStart: Timestamp, value: Value)] = []
        for partition in try stores.partitions() {
            var last: (group: Key, row: WindowRow)?
            repeat {
                let position = last
                let page = try stores.read(partition) { try SlidingWindowView.page(of: $0, after: position) }
                found += page.map { ($0.key, Timestamp($0.row.start), $0.value) }
                last = page.count < SlidingWindowView.pageSize ? nil : page.last.map { ($0.key, $0.row) }
            } while last != nil
        }
        return found
    }

    /// About how many windows there are.
    public func approximateCount() throws(QueryError) -> Int {
        var count = 0
        for partition in try stores.partitions() { count += try stores.read(partition) { $0.approximateCount } }
        return count
    }

    private static func page(
        of store: SlidingWindowStore<Key, Value>, after position: (group: Key, row: WindowRow)?
    ) throws -> [(key: Key, row: WindowRow, value: Value)] {
        var rows: [(key: Key, row: WindowRow, value: Value)] = []
        try store.forEach(after: position, view: .committed) { key, row, value in
            rows.append((key, row, value.value))
            return rows.count < pageSize
        }
        return rows
    }
}
