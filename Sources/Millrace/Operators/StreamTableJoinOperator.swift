public import MillraceStores

/// The join of a stream with a table (SEMANTICS B, F1 to F3; NOTES 8): each record of the stream meets the table's row
/// of its key, as it is now, or, where the table is versioned, as it was at the record's time. Null values are dropped;
/// null keys too, except in a left join, where they meet no row. Runs on the task's thread; reads the table's store.
@usableFromInline
enum StreamTableJoinOperator {
    @inlinable
    static func assemble<Key: Hashable & Sendable, Value, Row: Sendable, Result>(
        _ assembly: NodeAssembly, table: TableGetter<Key, Row>, isLeft: Bool,
        _ joiner: @escaping @Sendable (Key?, Value, Row?) throws -> Result?
    ) throws -> Receiver<Key, Value> {
        let join = try joining(assembly, table: table, isLeft: isLeft, joiner)
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            guard let value = record.value else { return metrics.drop(.nullValue) }
            if record.key == nil && !isLeft { return metrics.drop(.nullKey) }
            try join(record, value)
        }
    }

    /// The same with a stream that waits for the table (KIP-923): a record is held back until stream time, that of the
    /// records that are held back, is `grace` later, and then meets the row as of its own time. Later ones are joined
    /// at once, as are those without a key, which meet no row (NOTES 18).
    ///
    /// The history of the table is counted in the table's time: a table that is ahead of the stream by more than its
    /// history has forgotten what a held record would have met, as in Kafka Streams (SEMANTICS F3).
    /// - Parameters:
    ///   - buffer: the store of what is held back; writes it.
    ///   - key: the serde of the stream's keys.
    @inlinable
    static func assembleWaiting<Key: Hashable & Sendable, Value, Row: Sendable, Result>(
        _ assembly: NodeAssembly, table: TableGetter<Key, Row>, isLeft: Bool, grace: Int64, buffer name: String,
        key: AnySerde<Key>, _ joiner: @escaping @Sendable (Key?, Value, Row?) throws -> Result?
    ) throws -> Receiver<Key, Value> {
        let join = try joining(assembly, table: table, isLeft: isLeft, joiner)
        let buffer = JoinBuffer<Key, Value>(try assembly.store(name), key: key)
        assembly.onStart { try buffer.rebuild() }
        let observed = ObservedTime(of: assembly)
        let release = {
            while let (record, value) = try buffer.takeFirst(upTo: observed.milliseconds &- grace) {
                try join(record, value)
            }
        }
        assembly.onTimeAdvance { time in
            observed.advance(to: time.millisecondsSinceEpoch)
            try release()
            return buffer.index.firstTime.map { min(Timestamp($0), time) } ?? time
        }
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            guard let value = record.value else { return metrics.drop(.nullValue) }
            guard let key = record.key else { return isLeft ? try join(record, value) : metrics.drop(.nullKey) }
            let time = record.timestamp.millisecondsSinceEpoch
            if observed.milliseconds &- grace > time { return try join(record, value) }
            observed.advance(to: time)
            try buffer.hold(key, value, of: record)
            try release()
        }
    }

    /// What happens to a record that is to be joined now.
    @inlinable
    static func joining<Key: Hashable & Sendable, Value, Row: Sendable, Result>(
        _ assembly: NodeAssembly, table: TableGetter<Key, Row>, isLeft: Bool,
        _ joiner: @escaping @Sendable (Key?, Value, Row?) throws -> Result?
    ) throws -> (Record<Key, Value>, Value) throws -> Void {
        let downstream: Receiver<Key, Result> = try assembly.downstream()
        let rows = try table.assemble(assembly)
        let rowAsOf = rows.asOf
        let context = assembly.context
        let node = assembly.node.name
        return { record, value in
            var row: Row?
            do {
                if let key = record.key {
                    row = try (rowAsOf == nil ? rows(key) : rowAsOf?(key, record.timestamp))?.value
                }
            } catch let error as RowComputationError {
                return try context.handleProcessingError(error.cause, node: node)
            }
            if row == nil && !isLeft { return }
            let result: Result?
            do {
                result = try joiner(record.key, value, row)
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            try downstream(record.with(value: result))
        }
    }
}
