public import MillraceStores

/// The local partitions of a key-value store, as of each task's last commit. Ask from any thread; each call takes the
/// task's lock for one look-up, a scan for one page at a time.
///
///     let counts = try application.store("counts", .keyValue(String.self, Int64.self))
///     let ada = try counts.get("ada") ?? 0
///     for (nick, count) in try counts.all() { … }
public struct KeyValueView<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    let stores: LocalStore<KeyValueStore<Key, Value>>

    /// The value of `key` on this instance; nil where no local partition has it.
    public func get(_ key: Key) throws(QueryError) -> Value? { try getWithTimestamp(key)?.value }

    /// The same with the timestamp of the record that gave it.
    public func getWithTimestamp(_ key: Key) throws(QueryError) -> ValueAndTimestamp<Value>? {
        for partition in try stores.partitions() {
            if let found = try stores.read(partition, { try $0.committedGet(key) }) { return found }
        }
        return nil
    }

    /// The keys from `from` to `to`, both included (nil: no bound), partition by partition, in the order of their
    /// serialised bytes within each. At most `limit`.
    public func range(
        from: Key? = nil, to: Key? = nil, limit: Int = .max
    ) throws(QueryError) -> [(key: Key, value: Value)] {
        var found: [(key: Key, value: Value)] = []
        var scan = try scan(from: from, to: to)
        while found.count < limit, let next = try scan.next() { found.append((next.key, next.value.value)) }
        return found
    }

    /// Every pair of the local partitions, as `range` without bounds; for large stores use `scan`.
    public func all() throws(QueryError) -> [(key: Key, value: Value)] { try range() }

    /// Walks over a range page by page, for stores that are too large for an array. Commits between two pages show:
    /// it is no snapshot.
    public func scan(from: Key? = nil, to: Key? = nil) throws(QueryError) -> KeyValueScan<Key, Value> {
        KeyValueScan(stores: stores, partitions: try stores.partitions(), from: from, to: to)
    }

    /// About how many keys there are.
    public func approximateCount() throws(QueryError) -> Int {
        var count = 0
        for partition in try stores.partitions() { count += try stores.read(partition) { $0.approximateCount } }
        return count
    }
}

/// A walk over a range of a store, see `KeyValueView.scan`. Used by one thread.
public struct KeyValueScan<Key: Hashable & Sendable, Value: Sendable> {
    private static var pageSize: Int { 1_000 }
    private let stores: LocalStore<KeyValueStore<Key, Value>>
    /// Those still to be read, the current one first.
    private var partitions: [QueryableStore]
    private let from: Key?
    private let to: Key?
    private var page: [(key: Key, value: ValueAndTimestamp<Value>)] = []
    private var position = 0
    /// The last key of the page before, in the current partition.
    private var last: Key?

    init(
        stores: LocalStore<KeyValueStore<Key, Value>>, partitions: [QueryableStore], from: Key?, to: Key?
    ) {
        self.stores = stores
        self.partitions = partitions
        self.from = from
        self.to = to
    }

    /// The next pair, nil at the end.
    public mutating func next() throws(QueryError) -> (key: Key, value: ValueAndTimestamp<Value>)? {
        while position == page.count {
            guard let partition = partitions.first else { return nil }
            try readPage(of: partition)
        }
        defer { position += 1 }
        return page[position]
    }

    private mutating func readPage(of partition: QueryableStore) throws(QueryError) {
        let lower = last ?? from
        let limit = KeyValueScan.pageSize
        let upper = to
        var read = try stores.read(partition) { try $0.committedRange(from: lower, to: upper, limit: limit) }
        let isLastPage = read.count < limit
        // A page begins with the key that the page before ended with, if it is still there.
        if let last, read.first?.key == last { read.removeFirst() }
        page = read
        position = 0
        last = read.last?.key ?? last
        if isLastPage {
            partitions.removeFirst()
            last = nil
        }
    }
}
