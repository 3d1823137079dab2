public import MillraceStores

/// The sessions of one aggregation that are to be emitted when they close, each once (KIP-825, SEMANTICS D5, D6): as
/// soon as stream time is past a session's end by more than gap and grace, before the record that brings that time is
/// added anywhere. In the order of ends, then of starts, then of the keys' bytes.
///
/// The index of open sessions is memory of one task, made anew from the store when the task starts; how far sessions
/// have been closed is committed with the positions. Runs on the task's thread; may read the store's byte store.
@usableFromInline
final class ClosingSessions<Key: Hashable & Sendable> {
    @usableFromInline typealias Open = (key: Key, start: Int64, headers: Headers)

    /// The end of the session that closes next.
    @exclusivity(unchecked)
    @usableFromInline var firstEnd: Int64 = .max
    /// By end, then by start and key.
    @exclusivity(unchecked)
    @usableFromInline var open = TimeOrderedIndex<Open>()
    /// Sessions that end before have been emitted.
    @usableFromInline var closedTime: Int64 = -1
    @usableFromInline let keySerde: AnySerde<Key>
    @usableFromInline var writer = ByteWriter()
    /// Results have the headers of the record that closes them (A11).
    @usableFromInline let emitsHeadersOfTrigger: Bool
    @usableFromInline let emit: (Key, SessionRow, Headers) throws -> Void

    @inlinable
    init<Aggregate>(
        _ assembly: NodeAssembly, _ store: SessionStore<Key, Aggregate>,
        _ forward: TableForwarder<Windowed<Key>, Aggregate>, key: AnySerde<Key>
    ) {
        keySerde = key
        emitsHeadersOfTrigger = assembly.context.semantics.emitsHeadersOfTrigger
        emit = { key, row, headers in
            guard let aggregate = try store.get(key, row) else { return }
            try forward.final(Windowed(key: key, window: row.window), aggregate, headers: headers)
        }
        let times = assembly.context.operatorTimes
        let name = assembly.node.stateName + "/closed"
        times.track(name) { [self] in closedTime < 0 ? nil : Timestamp(closedTime) }
        assembly.onStart { [self] in
            if let time = times.restoredTime(of: name) { closedTime = time.millisecondsSinceEpoch }
            try store.forEach(fromTime: Timestamp(max(0, closedTime))) { key, row, _ in
                try insert(key, row, headers: .empty)
                return true
            }
        }
    }

    /// Sessions also close where time moves on without a record (`IdlePolicy`, SEMANTICS D7).
    @inlinable
    func closeInIdleTime(_ assembly: NodeAssembly, _ observed: ObservedTime, openMilliseconds: Int64) {
        assembly.onTimeAdvance { [self] time in
            observed.advance(to: time.millisecondsSinceEpoch)
            let closeTime = observed.milliseconds &- openMilliseconds
            if firstEnd < closeTime { try close(before: closeTime, trigger: .empty) }
            return open.firstTime.map { min(time, Timestamp($0)) } ?? time
        }
    }

    /// Sessions have been replaced by one, or by none where it is not there.
    @inlinable
    func replace<Aggregate>(
        _ replaced: [(row: SessionRow, value: Aggregate)], by row: SessionRow, isThere: Bool, _ key: Key,
        _ timestamp: Timestamp, _ headers: Headers
    ) throws {
        // A result has the headers of the record whose time it has.
        var owner: Headers? = timestamp.millisecondsSinceEpoch == row.end ? headers : nil
        for session in replaced {
            let removed = open.remove(time: session.row.end, key: try placeBytes(key, session.row))
            if owner == nil, session.row.end == row.end { owner = removed?.element.headers }
        }
        if isThere {
            try insert(key, row, headers: owner ?? .empty)
        } else {
            firstEnd = open.firstTime ?? .max
        }
    }

    @inlinable
    func insert(_ key: Key, _ row: SessionRow, headers: Headers) throws {
        open.insert((key, row.start, headers), time: row.end, key: try placeBytes(key, row))
        firstEnd = open.firstTime ?? .max
    }

    @inlinable
    func placeBytes(_ key: Key, _ row: SessionRow) throws -> [UInt8] {
        writer.removeAll()
        writer.append(row.start)
        try keySerde.serialize(key, into: &writer)
        return writer.copyBytes()
    }

    /// Emits every session that ends before `closeTime`.
    /// - Parameter trigger: the headers of the record that closes them.
    @inlinable
    func close(before closeTime: Int64, trigger: Headers) throws {
        closedTime = closeTime
        while let first = open.first, first.time < closeTime {
            open.removeFirst()
            let row = SessionRow(start: first.element.start, end: first.time)
            try emit(first.element.key, row, emitsHeadersOfTrigger ? trigger : first.element.headers)
        }
        firstEnd = open.firstTime ?? .max
    }
}
