public import MillraceCore
internal import MillraceStores

/// The local partitions of a session store, as of each task's last commit. Sessions that have left the store's
/// retention are not shown. Ask from any thread; each call takes the task's lock for one look-up or for the sessions of
/// one key, a scan for some sessions at a time.
///
///     let visits = try application.store("visits", .session(String.self, Int64.self))
///     for (window, clicks) in try visits.fetch("ada") { … }
public struct SessionView<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// After so many sessions a scan lets the task go on.
    private static var pageSize: Int { 1_000 }
    let stores: LocalStore<SessionStore<Key, Value>>

    /// The value of the session of `key` with exactly these bounds; nil where there is none.
    public func get(_ key: Key, _ window: Window) throws(QueryError) -> Value? {
        guard let row = SessionRow(of: window) else { return nil }
        for partition in try stores.partitions() {
            let found = try stores.read(partition) { try $0.committedGet(key, row) }
            if let found { return found.value }
        }
        return nil
    }

    /// The sessions of `key` in the order of their ends.
    public func fetch(_ key: Key) throws(QueryError) -> [(window: Window, value: Value)] {
        try fetch(key, from: .epoch, to: Timestamp(.max))
    }

    /// The sessions of `key` that have a moment in common with `from` to `to`, both included, in the order of their
    /// ends.
    public func fetch(
        _ key: Key, from: Timestamp, to: Timestamp
    ) throws(QueryError) -> [(window: Window, value: Value)] {
        let first = SessionRow(start: 0, end: max(0, from.millisecondsSinceEpoch))
        for partition in try stores.partitions() {
            let found = try stores.read(partition) { store in
                try store.rows(in: key, from: first, view: .committed)
            }
            // A key is in one partition only.
            if found.isEmpty { continue }
            return found.filter { $0.row.start <= to.millisecondsSinceEpoch }.map { ($0.row.window, $0.value.value) }
        }
        return []
    }

    /// Every session, partition by partition; within each by stretches of time, then by the bytes of the keys.
    public func all() throws(QueryError) -> [(key: Key, window: Window, value: Value)] {
        var found: [(key: Key, window: Window, value: Value)] = []
        for partition in try stores.partitions() {
            var last: (group: Key, row: SessionRow)?
            repeat {
                let position = last
                let page = try stores.read(partition) { try SessionView.page(of: $0, after: position) }
                found += page.map { ($0.key, $0.row.window, $0.value) }
                last = page.count < SessionView.pageSize ? nil : page.last.map { ($0.key, $0.row) }
            } while last != nil
        }
        return found
    }

    /// About how many sessions there are.
    public func approximateCount() throws(QueryError) -> Int {
        var count = 0
        for partition in try stores.partitions() { count += try stores.read(partition) { $0.approximateCount } }
        return count
    }

    private static func page(
        of store: SessionStore<Key, Value>, after position: (group: Key, row: SessionRow)?
    ) throws -> [(key: Key, row: SessionRow, value: Value)] {
        var rows: [(key: Key, row: SessionRow, value: Value)] = []
        try store.forEach(after: position, view: .committed) { key, row, value in
            rows.append((key, row, value.value))
            return rows.count < pageSize
        }
        return rows
    }
}
