public import MillraceCore

/// Ordered reads of a key-value store: the overlay's keys merged with a walk over the byte store. The order is that of
/// serialised key bytes: signed integers in plain big-endian form sort negative after positive (SEMANTICS I10).
extension KeyValueStore {
    /// Calls `body` for each key from `from` to `to`, both included (nil: no bound), until it returns false.
    /// Where `from` sorts after `to` there is nothing. Costs a sort of the keys written since the last scan or flush.
    @inlinable
    public func forEach(
        from: Key? = nil, to: Key? = nil, reversed: Bool = false, view: ReadView = .latest,
        _ body: (Key, ValueAndTimestamp<Value>) throws -> Bool
    ) throws {
        let lower = try from.map { try keyBytes($0) }
        // The smallest byte string above `to`.
        let upper = try to.map { try keyBytes($0) + [0] }
        try scan(from: lower, to: upper, reversed: reversed, view: view, body)
    }

    /// The keys from `from` to `to`, both included (nil: no bound), with their newest values.
    @inlinable
    public func range(
        from: Key? = nil, to: Key? = nil, reversed: Bool = false, limit: Int = .max, view: ReadView = .latest
    ) throws -> [(key: Key, value: ValueAndTimestamp<Value>)] {
        var found: [(key: Key, value: ValueAndTimestamp<Value>)] = []
        guard limit > 0 else { return found }
        try forEach(from: from, to: to, reversed: reversed, view: view) { key, value in
            found.append((key, value))
            return found.count < limit
        }
        return found
    }

    /// As `range`, from the last key to the first.
    @inlinable
    public func reverseRange(from: Key? = nil, to: Key? = nil) throws -> [(key: Key, value: ValueAndTimestamp<Value>)] {
        try range(from: from, to: to, reversed: true)
    }

    /// All keys in order.
    @inlinable
    public func all() throws -> [(key: Key, value: ValueAndTimestamp<Value>)] { try range() }

    /// All keys from the last to the first.
    @inlinable
    public func reverseAll() throws -> [(key: Key, value: ValueAndTimestamp<Value>)] { try range(reversed: true) }

    /// As `range`, at the last commit; for queries.
    @inlinable
    public func committedRange(
        from: Key? = nil, to: Key? = nil, reversed: Bool = false, limit: Int = .max
    ) throws -> [(key: Key, value: ValueAndTimestamp<Value>)] {
        try range(from: from, to: to, reversed: reversed, limit: limit, view: .committed)
    }

    /// The keys whose bytes begin with those of `prefix`.
    @inlinable
    public func prefixScan<PrefixSerde: Serde>(
        _ prefix: PrefixSerde.Value, prefixSerde: PrefixSerde, view: ReadView = .latest
    ) throws -> [(key: Key, value: ValueAndTimestamp<Value>)] {
        var writer = ByteWriter()
        try prefixSerde.serialize(prefix, into: &writer)
        let lower = writer.copyBytes()
        var found: [(key: Key, value: ValueAndTimestamp<Value>)] = []
        try scan(from: lower, to: ByteOrder.end(ofPrefix: lower), reversed: false, view: view) { key, value in
            found.append((key, value))
            return true
        }
        return found
    }

    /// Calls `body` for each key whose bytes begin with `prefix`, until it returns false.
    /// - Parameters:
    ///   - lower: the bytes of the first key, at least `prefix`; nil for the first there is.
    ///   - upper: the bytes before which the keys end; nil for the end of the prefix.
    ///   - body: called for each, in order.
    ///   - prefix: the beginning of the keys.
    ///   - view: which generation to read.
    @inlinable
    public func forEach(
        prefix: [UInt8], from lower: [UInt8]? = nil, to upper: [UInt8]? = nil, view: ReadView = .latest,
        _ body: (Key, ValueAndTimestamp<Value>) throws -> Bool
    ) throws {
        try scan(
            from: lower ?? prefix, to: upper ?? ByteOrder.end(ofPrefix: prefix), reversed: false, view: view, body)
    }

    @inlinable
    func keyBytes(_ key: Key) throws -> [UInt8] {
        keyWriter.removeAll()
        try codec.writeKey(key, &keyWriter.writer)
        return keyWriter.copyBytes()
    }

    @inlinable
    func scan(
        from lower: [UInt8]?, to upper: [UInt8]?, reversed: Bool, view: ReadView,
        _ body: (Key, ValueAndTimestamp<Value>) throws -> Bool
    ) throws {
        if !restored.isEmpty { try absorbRestored() }
        try putInOrder()
        var merge = try MergeScan(
            order: order, cursor: byteStore.cursor(from: lower, to: upper, reversed: reversed), lower: lower,
            upper: upper, isReversed: reversed)
        while let place = try merge.next() {
            guard let (key, value) = try element(at: place, of: merge, view: view) else { continue }
            if try !body(key, value) { return }
        }
    }

    /// The pair at a place of the merge, nil where the view has none.
    @inlinable
    func element(
        at place: MergeScan.Place, of merge: borrowing MergeScan, view: ReadView
    ) throws -> (Key, ValueAndTimestamp<Value>)? {
        if let index = place.overlay {
            let entry = unsafe table.entries[Int(index)]
            if let (value, timestamp) = entry.seen(view) {
                return value.map { (entry.key, ValueAndTimestamp($0, at: Timestamp(timestamp))) }
            }
        }
        guard place.isStored else { return nil }
        let key = try codec.readKey(merge.storedKey.bytes)
        let (value, timestamp) = try codec.readTimestamped(merge.storedValue.bytes)
        return (key, ValueAndTimestamp(value, at: Timestamp(timestamp)))
    }

    /// Takes the dirty entries that are not yet there into the ordered index. (Clean ones equal the byte store.)
    @inlinable
    func putInOrder() throws {
        while orderedUnflushed < unflushed.count {
            try putInOrder(unflushed[orderedUnflushed])
            orderedUnflushed += 1
        }
        while orderedUncommitted < uncommitted.count {
            try putInOrder(uncommitted[orderedUncommitted])
            orderedUncommitted += 1
        }
    }

    @inlinable
    func putInOrder(_ index: Int32) throws {
        if unsafe table.entries[Int(index)].state.contains(.ordered) { return }
        order.set(try keyBytes(unsafe table.entries[Int(index)].key), to: index)
        unsafe table.entries[Int(index)].state.insert(.ordered)
    }

    /// Drops the ordered index: what was dirty is clean now, or moves.
    @inlinable
    func forgetOrder() {
        orderedUncommitted = 0
        orderedUnflushed = 0
        guard order.count > 0 else { return }
        var position = order.start
        while let (_, index) = order.next(after: &position) {
            unsafe table.entries[Int(index)].state.remove(.ordered)
        }
        order = OrderedByteMap()
    }
}
