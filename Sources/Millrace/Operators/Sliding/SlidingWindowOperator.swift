/// `count`, `reduce` and `aggregate` over sliding windows (KIP-450; SEMANTICS B, C5, C8, C10; NOTES 2, 4, 5, 20). Which
/// windows a record changes or makes: `SlidingWindowAggregation`. Lateness is judged by the operator's own stream time,
/// for the record and again for each window. Runs on the task's thread; reads and writes the task's store.
@usableFromInline
enum SlidingWindowOperator {
    /// What only emission on close needs.
    @usableFromInline
    struct Closing<Key>: Sendable {
        @usableFromInline let key: AnySerde<Key>
        /// Of the store that Kafka Streams would have.
        @usableFromInline let kafkaRetention: Duration

        @inlinable
        init(key: AnySerde<Key>, kafkaRetention: Duration) {
            self.key = key
            self.kafkaRetention = kafkaRetention
        }
    }

    @inlinable
    static func assemble<Key: Hashable & Sendable, Value, Aggregate: Sendable>(
        _ assembly: NodeAssembly, store name: String, windows: SlidingWindows, emission: EmissionPolicy?,
        closing: Closing<Key>, initial: @escaping @Sendable () throws -> Aggregate?,
        aggregator: @escaping @Sendable (Key, Value, Aggregate?) throws -> Aggregate?
    ) throws -> Receiver<Key, Value> {
        let aggregation = try SlidingWindowAggregation(
            assembly, store: name, windows, emission, closing, initial: initial, aggregator: aggregator)
        let context = assembly.context
        let node = assembly.node.name
        let observed = aggregation.observed
        let difference = windows.differenceMilliseconds
        let grace = windows.graceMilliseconds
        let closing = aggregation.closing
        // Kafka Streams looks for closed windows afterwards, and not after early records (NOTES 20).
        let closesAfterwards = context.semantics.losesWindowsOnClose
        let metrics = assembly.metrics
        let late = aggregation.late
        return Receiver { record in
            metrics.countRecord()
            guard let key = record.key else { return metrics.drop(.nullKey) }
            guard let value = record.value else { return metrics.drop(.nullValue) }
            let time = record.timestamp.millisecondsSinceEpoch
            guard time >= 0 else { return metrics.drop(.negativeTimestamp) }
            observed.advance(to: time)
            let closeTime = observed.milliseconds &- grace
            if let closing, !closesAfterwards, closing.earliestEnd < closeTime {
                try closing.close(until: closeTime, trigger: record.headers)
            }
            guard time < .max &- difference else {
                let window = Window(start: record.timestamp, end: Timestamp(.max))
                return try late.drop(record, from: window, lateness: 0)
            }
            let end = time &+ difference
            guard end >= closeTime else {
                let window = Window(start: record.timestamp, end: Timestamp(end))
                return try late.drop(record, from: window, lateness: observed.milliseconds &- end)
            }
            let input = SlidingWindowInput(record: record, key: key, value: value, time: time, closeTime: closeTime)
            do {
                if time < difference { return try aggregation.addEarly(input) }
                try aggregation.add(input)
            } catch let error as UserClosureError {
                return try context.handleProcessingError(error.cause, node: node)
            }
            if let closing, closesAfterwards, closing.earliestEnd < closeTime {
                try closing.close(until: closeTime, trigger: record.headers)
            }
        }
    }
}

/// One record on its way into its windows.
@usableFromInline
struct SlidingWindowInput<Key, Value> {
    @usableFromInline let record: Record<Key, Value>
    @usableFromInline let key: Key
    @usableFromInline let value: Value
    @usableFromInline let time: Int64
    /// Windows that end before are closed.
    @usableFromInline let closeTime: Int64

    @inlinable
    init(record: Record<Key, Value>, key: Key, value: Value, time: Int64, closeTime: Int64) {
        self.record = record
        self.key = key
        self.value = value
        self.time = time
        self.closeTime = closeTime
    }
}

/// What a user's closure threw, on its way to the operator, which gives it to the processing handler.
@usableFromInline
struct UserClosureError: Error {
    @usableFromInline let cause: any Error

    @inlinable
    init(cause: any Error) { self.cause = cause }
}
