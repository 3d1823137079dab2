public import MillraceCore

/// Kafka Streams' versioned key-value store (KIP-889, SEMANTICS F2): the latest value of each key, and what it was
/// before, as far back as the history goes. Times are those of records; store time is the greatest of them ever put.
///
/// - A version is valid from its time until that of the key's next version. "No value" is a version too.
/// - Versions may be put in any order, but not further back than the history: such a put changes nothing.
/// - A look-up further back than the history finds the latest version if that is old enough, else nothing.
///
///     let rates = try context.store("rates", as: VersionedStore<String, Double>.self)
///     try rates.put("EUR", 1.08, at: record.timestamp)
///     let atPayment = try rates.get("EUR", asOf: payment.timestamp)?.value
///
/// One stream thread owns it. `view: .committed` serves queries: from other threads, under the lock of `StateStore`.
/// Every method throws what the serdes throw, and `StoreError`. What has left the history is removed with later puts;
/// of keys that were last written before a restart, once they are written again.
public final class VersionedStore<Key: Hashable, Value>: StateStore {
    /// Milliseconds of store time that can be looked back.
    public let historyMilliseconds: Int64
    @usableFromInline let versions: GroupedStore<Key, VersionRow, VersionContent<Value>>
    /// Keys that have a version whose validity ends in a stretch of time, by the number of the stretch.
    @usableFromInline var endings: [Int64: Set<Key>] = [:]
    /// Of stretches that lie behind the history.
    @usableFromInline var waiting: [Key] = []
    @exclusivity(unchecked)
    @usableFromInline var nextStretch = Int64.max
    @usableFromInline let stretchMilliseconds: Int64
    private let scratch = ScratchBytes()

    /// - Parameter history: not negative, and cut to milliseconds; how far back versions can be put and looked up.
    /// - Parameter byteStore: what lies under the overlay.
    /// - Parameter keySerde: of the keys.
    /// - Parameter name: of the node; numbered by default.
    /// - Parameter valueSerde: of the values.
    @inlinable
    public init<KeySerde: Serde<Key>, ValueSerde: Serde<Value>>(
        name: String, history: Duration, byteStore: any ByteStore, keySerde: KeySerde, valueSerde: ValueSerde
    ) throws {
        historyMilliseconds = history.wholeMilliseconds
        precondition(historyMilliseconds >= 0, "store \(name): a history of \(history)")
        stretchMilliseconds = max(historyMilliseconds / 4, 1_000)
        versions = try GroupedStore(
            name: name, retention: nil, byteStore: byteStore, keySerde: keySerde,
            valueSerde: VersionContentSerde(valueSerde))
    }

    /// The greatest time ever put; nil before the first.
    @inlinable public var observedStreamTime: Timestamp? { versions.observedStreamTime }

    // MARK: Reading

    /// The latest version of a key; nil where it has no value now.
    @inlinable
    public func get(_ key: Key, view: ReadView = .latest) throws -> VersionedRecord<Value>? {
        try newest(of: key, upTo: nil, view: view)
    }

    /// The version of a key that was valid at a time.
    @inlinable
    public func get(
        _ key: Key, asOf time: Timestamp, view: ReadView = .latest
    ) throws -> VersionedRecord<Value>? {
        let time = time.millisecondsSinceEpoch
        guard time < historyStart(view) else { return try newest(of: key, upTo: time, view: view) }
        guard let latest = try newest(of: key, upTo: nil, view: view), latest.validFrom.millisecondsSinceEpoch <= time
        else { return nil }
        return latest
    }

    /// The versions of a key that were valid at some time from `from` to `to`, both included (nil: no bound), oldest
    /// first, without the stretches in which it had no value. What lies further back than the history is left out.
    @inlinable
    public func history(
        of key: Key, from: Timestamp? = nil, to: Timestamp? = nil, view: ReadView = .latest
    ) throws -> [VersionedRecord<Value>] {
        let first = max(from?.millisecondsSinceEpoch ?? .min, historyStart(view))
        var found: [VersionedRecord<Value>] = []
        var next: Timestamp?
        try versions.forEach(in: key, reversed: true, view: view) { row, content in
            let validFrom = Timestamp(row.validFrom)
            let isLatest = next == nil
            defer { next = validFrom }
            // The latest version never leaves.
            if let next, next.millisecondsSinceEpoch <= first { return false }
            if let value = content.value.value, to.map({ validFrom <= $0 }) ?? true,
                from.map({ from in next.map { from < $0 } ?? true }) ?? true
            {
                found.append(VersionedRecord(value, validFrom: validFrom, validTo: isLatest ? nil : next))
            }
            return true
        }
        return found.reversed()
    }

    /// Times before this are not remembered.
    @inlinable
    func historyStart(_ view: ReadView) -> Int64 {
        (view == .latest ? versions.newestTime : versions.committedNewestTime) - historyMilliseconds
    }

    /// The newest version that is valid from `limit` or before.
    @inlinable
    func newest(of key: Key, upTo limit: Int64?, view: ReadView) throws -> VersionedRecord<Value>? {
        // No version is valid from before the epoch, and none from after the end of time.
        if let limit, limit < 0 { return nil }
        var found: VersionedRecord<Value>?
        try versions.forEach(
            in: key, to: limit.map { VersionRow(validFrom: $0) }, reversed: true, view: view
        ) { row, content in
            if let value = content.value.value {
                found = VersionedRecord(value, validFrom: Timestamp(row.validFrom), validTo: nil)
            }
            return false
        }
        guard let limit, limit < .max, found != nil else { return found }
        try versions.forEach(in: key, from: VersionRow(validFrom: limit + 1), view: view) { row, _ in
            found?.validTo = Timestamp(row.validFrom)
            return false
        }
        return found
    }

    // MARK: Writing

    /// What became of a put.
    public enum Placement: Hashable, Sendable {
        /// It is the key's latest version.
        case latest
        /// A version that is valid later is there already: this one ends when that begins.
        case earlier(until: Timestamp)
        /// Its time lies further back than the history: nothing was changed. Count the record as dropped.
        case expired
    }

    /// Puts a version; nil says that the key has no value from then on. A version of the same time is replaced.
    @inlinable
    @discardableResult
    public func put(_ key: Key, _ value: Value?, at timestamp: Timestamp) throws -> Placement {
        let time = timestamp.millisecondsSinceEpoch
        if time < historyStart(.latest) { return .expired }
        var latest: (row: VersionRow, content: VersionContent<Value>)?
        try versions.forEach(in: key, reversed: true) { row, content in
            latest = (row, content.value)
            return false
        }
        try versions.put(key, VersionRow(validFrom: time), VersionContent(value), at: timestamp)
        guard let latest, latest.row.validFrom > time else {
            if value == nil || (latest?.row.validFrom ?? time) < time { remember(key, endingAt: time) }
            try forget()
            return .latest
        }
        // The changelog is compacted by key: of a key's records the last must be the latest version.
        try versions.put(key, latest.row, latest.content, at: Timestamp(latest.row.validFrom))
        var end = latest.row
        try versions.forEach(in: key, from: VersionRow(validFrom: time + 1)) { row, _ in
            end = row
            return false
        }
        remember(key, endingAt: end.validFrom)
        try forget()
        return .earlier(until: Timestamp(end.validFrom))
    }

    /// Says that the key has no value from `timestamp` on, and returns the version that was valid then. Nil, too, where
    /// the time lies further back than the history; nothing is changed then.
    @inlinable
    @discardableResult
    public func delete(_ key: Key, at timestamp: Timestamp) throws -> VersionedRecord<Value>? {
        if timestamp.millisecondsSinceEpoch < historyStart(.latest) { return nil }
        let before = try get(key, asOf: timestamp)
        try put(key, nil, at: timestamp)
        return before
    }

    // MARK: History

    /// Keys whose versions end together are looked at together, once that lies behind the history.
    @inlinable
    func remember(_ key: Key, endingAt time: Int64) {
        let stretch = time / stretchMilliseconds
        endings[stretch, default: []].insert(key)
        nextStretch = min(nextStretch, stretch)
    }

    /// Removes what has left the history, of two keys a put at most: each put makes one.
    ///
    /// It is counted from the last commit: what was put since then is in no changelog yet, and a restore without it
    /// would bring back what came before it.
    @inlinable
    func forget() throws {
        let start = historyStart(.committed)
        while nextStretch < start / stretchMilliseconds { endStretch() }
        for _ in 0..<2 {
            guard let key = waiting.popLast() else { return }
            try removeHistory(of: key, before: start)
        }
    }

    @inlinable
    @inline(never)
    func endStretch() {
        if let keys = endings.removeValue(forKey: nextStretch) { waiting.append(contentsOf: keys) }
        nextStretch = endings.keys.min() ?? .max
    }

    /// Of the versions that are valid from `start` or before, only the newest is ever asked for, and not even that if
    /// it says that there is no value.
    @inlinable
    @inline(never)
    func removeHistory(of key: Key, before start: Int64) throws {
        var old: [(row: VersionRow, hasValue: Bool)] = []
        try versions.forEach(in: key, to: VersionRow(validFrom: start)) { row, content in
            old.append((row, content.value.value != nil))
            return true
        }
        guard let newest = old.last else { return }
        if newest.hasValue || newest.row.validFrom == start { old.removeLast() }
        for version in old { try versions.put(key, version.row, nil, at: Timestamp(version.row.validFrom)) }
    }

    // MARK: Life

    public var name: String { versions.name }
    public var isPersistent: Bool { versions.isPersistent }
    public var checkpoint: Offset? { versions.checkpoint }
    public var hasUnflushed: Bool { versions.hasUnflushed }
    public var caughtUpAt: Timestamp? { versions.caughtUpAt }
    public func noteCaughtUp(at time: Timestamp) { versions.noteCaughtUp(at: time) }
    public var overlayByteCount: Int { versions.overlayByteCount }
    /// About how many versions the store has: cheap, counts what is in memory and in the byte store twice.
    public var approximateCount: Int { versions.approximateCount }

    public func writeChangelog(to sink: any ChangelogSink) throws {
        try versions.writeChangelog(to: VersionChangelog(sink))
    }

    public func commit(changelogEnd: Offset?) { versions.commit(changelogEnd: changelogEnd) }
    public func abort() { versions.abort() }
    public func flush() throws { try versions.flush() }
    public func evictClean() { versions.evictClean() }

    public func restore(key: RawSpan, value: RawSpan?, timestamp: Timestamp) throws {
        let scratch = scratch
        scratch.removeAll()
        scratch.writer.append(UInt8(value == nil ? 0 : 1))
        if let value { scratch.writer.append(value) }
        try versions.restore(key: key, value: scratch.bytes, timestamp: timestamp)
    }

    public func completeRestoredBatch(changelogEnd: Offset) throws {
        try versions.completeRestoredBatch(changelogEnd: changelogEnd)
    }

    public func close() {
        endings = [:]
        waiting = []
        versions.close()
    }
}

/// A version of a key's value and when it is valid.
public struct VersionedRecord<Value> {
    /// The value.
    public var value: Value
    /// From this time on, included.
    public var validFrom: Timestamp
    /// Until this time, excluded; nil for a latest version.
    public var validTo: Timestamp?

    /// A version of these parts.
    @inlinable
    public init(_ value: Value, validFrom: Timestamp, validTo: Timestamp?) {
        self.value = value
        self.validFrom = validFrom
        self.validTo = validTo
    }
}

extension VersionedRecord: Equatable where Value: Equatable {}
extension VersionedRecord: Hashable where Value: Hashable {}
extension VersionedRecord: Sendable where Value: Sendable {}
