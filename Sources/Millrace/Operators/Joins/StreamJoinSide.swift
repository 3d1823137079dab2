public import MillraceCore
public import MillraceStores

/// What happens to the records of one stream of a join that look for partners: `This` are its values, `Other` those of
/// the other stream. Owned by one task's thread.
@usableFromInline
struct StreamJoinSide<Key: Hashable & Sendable, Left: Sendable, Right: Sendable, This, Other, Result> {
    @usableFromInline let side: JoinSide
    /// Whether records of this side come out alone where they meet nobody.
    @usableFromInline let keepsUnmatched: Bool
    /// As this side sees them.
    @usableFromInline let windows: JoinWindows
    @usableFromInline let own: JoinRows<Key, This>
    @usableFromInline let partners: JoinRows<Key, Other>
    @usableFromInline let results: UnmatchedResults<Key, Left, Right, Result>
    @usableFromInline let late: LateRecords<Key, This>
    @usableFromInline let pair: (Key?, This, Other?) throws -> Result?
    @usableFromInline let unmatchedValue: (This) -> UnmatchedRecord<Left, Right>.Value

    @inlinable
    init(
        side: JoinSide, keepsUnmatched: Bool, windows: JoinWindows, own: JoinRows<Key, This>,
        partners: JoinRows<Key, Other>,
        results: UnmatchedResults<Key, Left, Right, Result>, late: LateRecords<Key, This>,
        pair: @escaping (Key?, This, Other?) throws -> Result?,
        unmatchedValue: @escaping (This) -> UnmatchedRecord<Left, Right>.Value
    ) {
        self.side = side
        self.keepsUnmatched = keepsUnmatched
        self.windows = windows
        self.own = own
        self.partners = partners
        self.results = results
        self.late = late
        self.pair = pair
        self.unmatchedValue = unmatchedValue
    }

    @inlinable
    func receiver(_ assembly: NodeAssembly) -> Receiver<Key, This> {
        assembly.context.semantics.joinsStreamsAsKafkaStreams
            ? Receiver { try processAsKafkaStreams($0) } : Receiver { try process($0) }
    }

    /// Time first: it moves with records that are dropped, too (A5), and whatever it closes comes out before the
    /// record's own results (E2, E3).
    @inlinable
    func process(_ record: Record<Key, This>) throws {
        let metrics = late.metrics
        metrics.countRecord()
        let time = record.timestamp.millisecondsSinceEpoch
        let observed = results.state.observed
        observed.advance(to: time)
        try results.emitClosed(at: observed.milliseconds)
        guard let value = record.value else { return metrics.drop(.nullValue) }
        guard let key = record.key else {
            if !keepsUnmatched { return metrics.drop(.nullKey) }
            return try results.forward(record) { try pair(nil, value, nil) }
        }
        if keepsUnmatched && windows.isLate(time, at: observed.milliseconds) { return try drop(record) }
        let isMatched = try meet(
            record, key, value, from: windows.firstPartner(of: time), to: windows.lastPartner(of: time))
        if isMatched { return }
        guard keepsUnmatched else {
            if own.isTooOld(time) { try drop(record) }
            return
        }
        if windows.close(of: time) < observed.milliseconds {
            // All its partners would have been older by more than the grace.
            own.skipsRecord = true
            return try results.forward(record) { try pair(key, value, nil) }
        }
        try results.state.unmatched?.add(
            UnmatchedKey(time, side, key), UnmatchedRecord(unmatchedValue(value), headers: record.headers))
    }

    @inlinable
    func drop(_ record: Record<Key, This>) throws {
        own.skipsRecord = true
        let window = windows.window(of: record.timestamp.millisecondsSinceEpoch)
        let lateness = results.state.observed.milliseconds &- window.end.millisecondsSinceEpoch
        try late.drop(record, from: window, lateness: lateness)
    }

    /// Time has moved on without a record; returns the time before which nothing more comes out.
    @inlinable
    func emitClosed(before time: Timestamp) throws -> Timestamp {
        guard !own.isCompatible, let unmatched = results.state.unmatched else { return time }
        try results.emitClosed(at: results.state.observed.milliseconds)
        let oldest = min(unmatched.left.firstTimestamp ?? .max, unmatched.right.firstTimestamp ?? .max)
        return min(time, Timestamp(oldest))
    }

    /// Forwards the record with each of its partners, in the order of their timestamps; returns whether there were any.
    @inlinable
    func meet(_ record: Record<Key, This>, _ key: Key, _ value: This, from first: Int64, to last: Int64) throws -> Bool
    {
        var isMatched = false
        var failure: (any Error)?
        try partners.forEach(key, from: first, to: last) { row, partner in
            isMatched = true
            if let unmatched = results.state.unmatched {
                try unmatched.remove(UnmatchedKey(row.timestamp, side == .left ? .right : .left, key))
            }
            // The record is lost, but its partners have met it.
            if failure != nil { return true }
            let result: Result?
            do {
                result = try pair(key, value, partner)
            } catch {
                failure = error
                return !own.isCompatible
            }
            let timestamp = max(record.timestamp, Timestamp(row.timestamp))
            try results.downstream(Record(key: key, value: result, timestamp: timestamp, headers: record.headers))
            return true
        }
        if let failure { try results.context.handleProcessingError(failure, node: results.node) }
        return isMatched
    }

    /// Kafka Streams' way, bug for bug: what is unmatched comes out with records that are in order only (E3); a
    /// record is never too late, and comes out alone at once where its window ends before stream time (E5, E6); how
    /// far it sees depends on the other store's own time (E7).
    @inlinable
    func processAsKafkaStreams(_ record: Record<Key, This>) throws {
        let metrics = late.metrics
        metrics.countRecord()
        let time = record.timestamp.millisecondsSinceEpoch
        let observed = results.state.observed
        observed.advance(to: time)
        guard let value = record.value else { return metrics.drop(.nullValue) }
        guard let key = record.key else {
            if !keepsUnmatched { return metrics.drop(.nullKey) }
            return try results.forward(record) { try pair(nil, value, nil) }
        }
        if time == observed.milliseconds {
            let span = windows.afterMilliseconds
            guard try results.emitAsKafkaStreams(at: time, span: span, headers: record.headers) else { return }
        }
        let last = max(0, windows.lastPartner(of: time))
        let first = max(windows.firstPartner(of: time), partners.firstVisibleAsKafkaStreams)
        if try meet(record, key, value, from: first, to: last) || !keepsUnmatched { return }
        if last < observed.milliseconds { return try results.forward(record) { try pair(key, value, nil) } }
        try results.state.unmatched?.add(
            UnmatchedKey(time, side, key), UnmatchedRecord(unmatchedValue(value), headers: record.headers))
    }
}
