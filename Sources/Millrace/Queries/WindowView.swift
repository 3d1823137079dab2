public import MillraceCore
internal import MillraceStores

/// The local partitions of a window store, as of each task's last commit. Windows that have left the store's retention
/// are not shown. Ask from any thread; each call takes the task's lock for one look-up, a scan for some windows at a
/// time.
///
///     let perMinute = try application.store("per-minute", .window(String.self, Int64.self))
///     for (start, count) in try perMinute.fetch("ada", from: morning, to: evening) { … }
public struct WindowView<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// After so many rows a scan lets the task go on, at the next window.
    private static var pageSize: Int { 1_000 }
    let stores: LocalStore<WindowStore<Key, Value>>

    /// The value of `key` in the window that starts at `start`.
    public func get(_ key: Key, windowStart start: Timestamp) throws(QueryError) -> Value? {
        for partition in try stores.partitions() {
            let found = try stores.read(partition) { try $0.committedGet(key, windowStart: start) }
            if let found { return found.value }
        }
        return nil
    }

    /// The windows of `key` that start from `from` to `to`, both included, in the order of their starts.
    public func fetch(
        _ key: Key, from: Timestamp, to: Timestamp
    ) throws(QueryError) -> [(windowStart: Timestamp, value: Value)] {
        for partition in try stores.partitions() {
            let found = try stores.read(partition) { try $0.committedFetch(key, from: from, to: to) }
            if !found.isEmpty { return found.map { ($0.windowStart, $0.value.value) } }
        }
        return []
    }

    /// Every key of the windows that start from `from` to `to`, both included (nil: no bound), partition by partition,
    /// in the order of starts within each.
    public func fetchAll(
        from: Timestamp? = nil, to: Timestamp? = nil
    ) throws(QueryError) -> [(key: Key, windowStart: Timestamp, value: Value)] {
        var found: [(key: Key, windowStart: Timestamp, value: Value)] = []
        for partition in try stores.partitions() {
            var next = from
            var hasMore = true
            while hasMore {
                let lower = next
                let page = try stores.read(partition) { try WindowView.page(of: $0, from: lower, to: to) }
                found += page.rows
                next = page.rows.last?.windowStart.advanced(byMilliseconds: 1)
                hasMore = page.hasMore
            }
        }
        return found
    }

    /// Every row of the local partitions, as `fetchAll` without bounds.
    public func all() throws(QueryError) -> [(key: Key, windowStart: Timestamp, value: Value)] { try fetchAll() }

    /// About how many rows there are.
    public func approximateCount() throws(QueryError) -> Int {
        var count = 0
        for partition in try stores.partitions() { count += try stores.read(partition) { $0.approximateCount } }
        return count
    }

    /// Whole windows, until they are rows enough.
    private static func page(
        of store: WindowStore<Key, Value>, from: Timestamp?, to: Timestamp?
    ) throws -> (rows: [(key: Key, windowStart: Timestamp, value: Value)], hasMore: Bool) {
        var rows: [(key: Key, windowStart: Timestamp, value: Value)] = []
        var hasMore = false
        try store.forEach(from: from, to: to, view: .committed) { key, start, value in
            if rows.count >= pageSize, let last = rows.last, last.windowStart != start {
                hasMore = true
                return false
            }
            rows.append((key, start, value.value))
            return true
        }
        return (rows, hasMore)
    }
}
