public import MillraceCore

/// How a join forwards records that have met no partner. Owned by one task's thread.
@usableFromInline
struct UnmatchedResults<Key: Hashable & Sendable, Left: Sendable, Right: Sendable, Result> {
    @usableFromInline let state: StreamJoinState<Key, Left, Right>
    @usableFromInline let downstream: Receiver<Key, Result>
    @usableFromInline let context: TaskContext
    @usableFromInline let node: String
    @usableFromInline let joiner: (Key?, Left?, Right?) throws -> Result?

    @inlinable
    init(
        _ assembly: NodeAssembly, _ state: StreamJoinState<Key, Left, Right>,
        _ joiner: @escaping (Key?, Left?, Right?) throws -> Result?
    ) throws {
        self.state = state
        downstream = try assembly.downstream()
        context = assembly.context
        node = assembly.node.name
        self.joiner = joiner
    }

    /// A record that comes out alone at once.
    @inlinable
    func forward<Value>(_ record: Record<Key, Value>, _ result: () throws -> Result?) throws {
        let value: Result?
        do {
            value = try result()
        } catch {
            return try context.handleProcessingError(error, node: node)
        }
        try downstream(record.with(value: value))
    }

    /// What stream time has closed, each with its own timestamp and headers (A10, A11). It is met by nobody any more:
    /// a record that is not late itself, but whose window reaches back to it, would make a second result of it.
    @inlinable
    func emitClosed(at time: Int64) throws {
        guard let unmatched = state.unmatched, unmatched.nextClose < time else { return }
        try unmatched.takeClosed(at: time) { id, list in
            try state.forget(id)
            for record in list {
                let value: Result?
                do {
                    value = try result(of: record, key: id.key)
                } catch {
                    try context.handleProcessingError(error, node: node)
                    continue
                }
                try downstream(
                    Record(key: id.key, value: value, timestamp: Timestamp(id.timestamp), headers: record.headers))
            }
        }
    }

    /// Kafka Streams' way: with the headers of the record that happens to come (A11).
    ///
    /// - Returns: false where the joiner threw, which costs that record.
    @inlinable
    func emitAsKafkaStreams(at time: Int64, span: Int64, headers: Headers) throws -> Bool {
        guard let unmatched = state.unmatched else { return true }
        var failure: (any Error)?
        try unmatched.takeAsKafkaStreams(at: time, span: span) { id, record in
            let value: Result?
            do {
                value = try result(of: record, key: id.key)
            } catch {
                failure = error
                return false
            }
            try downstream(Record(key: id.key, value: value, timestamp: Timestamp(id.timestamp), headers: headers))
            return true
        }
        guard let failure else { return true }
        try context.handleProcessingError(failure, node: node)
        return false
    }

    @inlinable
    func result(of record: UnmatchedRecord<Left, Right>, key: Key) throws -> Result? {
        switch record.value {
        case .left(let value): try joiner(key, value, nil)
        case .right(let value): try joiner(key, nil, value)
        }
    }
}
