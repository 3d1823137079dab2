public import MillraceStores

/// The records of a left or outer join that have met no partner yet: a store that keeps them over a restart, and in
/// memory what is there and when it closes, so that the store is read only for what comes out (SEMANTICS E3, E4, E8).
/// Owned by one task's thread.
@usableFromInline
final class UnmatchedRecords<Key: Hashable & Sendable, Left, Right> {
    @usableFromInline typealias ID = UnmatchedKey<Key>
    @usableFromInline typealias Rec = UnmatchedRecord<Left, Right>

    @usableFromInline let store: KeyValueStore<ID, UnmatchedList<Left, Right>>
    @usableFromInline let keySerde: AnySerde<Key>
    @usableFromInline let windows: JoinWindows
    @exclusivity(unchecked)
    @usableFromInline var left = UnmatchedQueue<Key>()
    @exclusivity(unchecked)
    @usableFromInline var right = UnmatchedQueue<Key>()
    /// What the store has.
    @exclusivity(unchecked)
    @usableFromInline var present: Set<ID> = []
    /// When something can come out: stream time has to be greater.
    @exclusivity(unchecked)
    @usableFromInline var nextClose = Int64.max
    /// Kafka Streams' guess of the oldest timestamp that is there.
    @exclusivity(unchecked)
    @usableFromInline var minimumTime = Int64.max
    @usableFromInline let writer = ByteScratch()

    @inlinable
    init(
        _ store: KeyValueStore<ID, UnmatchedList<Left, Right>>, keySerde: AnySerde<Key>, windows: JoinWindows
    ) {
        self.store = store
        self.keySerde = keySerde
        self.windows = windows
    }

    /// Learns what the store has; once, when the task starts.
    @inlinable
    func load() throws {
        try store.forEach { id, _ in
            note(id)
            return true
        }
    }

    @inlinable
    func add(_ id: ID, _ record: Rec) throws {
        if !present.contains(id) {
            note(id)
            try store.write(id, UnmatchedList(record), at: Timestamp(id.timestamp))
        } else if var list = try store.value(for: id) {
            minimumTime = min(minimumTime, id.timestamp)
            list.others.append(record)
            try store.write(id, list, at: Timestamp(id.timestamp))
        }
    }

    @inlinable
    func note(_ id: ID) {
        present.insert(id)
        switch id.side {
        case .left: left.insert(id.timestamp, id.key)
        case .right: right.insert(id.timestamp, id.key)
        }
        nextClose = min(nextClose, close(of: id))
        minimumTime = min(minimumTime, id.timestamp)
    }

    /// These records have met a partner.
    @inlinable
    func remove(_ id: ID) throws {
        if present.isEmpty || present.remove(id) == nil { return }
        try store.write(id, nil, at: Timestamp(id.timestamp))
    }

    @inlinable
    func close(of id: ID) -> Int64 {
        id.side == .left ? windows.close(of: id.timestamp) : windows.reversed.close(of: id.timestamp)
    }

    // MARK: What comes out

    /// Takes out the records whose windows stream time has passed: by timestamp, right before left, then by key.
    @inlinable
    func takeClosed(at time: Int64, _ body: (ID, UnmatchedList<Left, Right>) throws -> Void) throws {
        while let side = closedSide(at: time) {
            var ids: [ID] = []
            switch side {
            case .left:
                let timestamp = left.firstTimestamp ?? 0
                left.takeFirst { ids.append(ID(timestamp, .left, $0)) }
            case .right:
                let timestamp = right.firstTimestamp ?? 0
                right.takeFirst { ids.append(ID(timestamp, .right, $0)) }
            }
            for id in try inOrder(ids.filter { present.remove($0) != nil }) { try take(id, body) }
        }
        nextClose = min(
            left.firstTimestamp.map { windows.close(of: $0) } ?? .max,
            right.firstTimestamp.map { windows.reversed.close(of: $0) } ?? .max)
    }

    @inlinable
    func closedSide(at time: Int64) -> JoinSide? {
        let leftTime = left.firstTimestamp.flatMap { windows.close(of: $0) < time ? $0 : nil }
        let rightTime = right.firstTimestamp.flatMap { windows.reversed.close(of: $0) < time ? $0 : nil }
        guard let leftTime else { return rightTime == nil ? nil : .right }
        guard let rightTime else { return .left }
        return rightTime <= leftTime ? .right : .left
    }

    @inlinable
    func take(_ id: ID, _ body: (ID, UnmatchedList<Left, Right>) throws -> Void) throws {
        guard let list = try store.value(for: id) else { return }
        try store.write(id, nil, at: Timestamp(id.timestamp))
        try body(id, list)
    }

    /// In the order of the keys' bytes.
    @inlinable
    func inOrder(_ ids: [ID]) throws -> [ID] {
        if ids.count < 2 { return ids }
        let keys = try ids.map { id in (bytes: try writer.bytes { try keySerde.serialize(id.key, into: &$0) }, id: id) }
        return keys.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }.map(\.id)
    }
}

/// Serialises single keys into arrays.
@usableFromInline
final class ByteScratch {
    @usableFromInline var writer = ByteWriter()

    @usableFromInline init() {}

    @inlinable
    func bytes(_ body: (inout ByteWriter) throws -> Void) rethrows -> [UInt8] {
        writer.removeAll()
        try body(&writer)
        return writer.copyBytes()
    }
}
