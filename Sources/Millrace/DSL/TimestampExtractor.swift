/// Chooses the time of a record (SEMANTICS A9). A negative result drops the record and counts it. Runs on stream
/// threads.
///
///     Consumed(key: .string, value: .json(Order.self),
///         timestampExtractor: .custom { record, _ in record.value?.placedAt ?? record.timestamp })
public struct TimestampExtractor<Key, Value>: Sendable {
    @usableFromInline let extract: @Sendable (Record<Key, Value>, Timestamp?) throws -> Timestamp
    @usableFromInline let kind: TimestampExtractorKind
    /// Lets the source take valid timestamps without a call.
    @inlinable var keepsValidTimestamps: Bool { kind != .custom }

    @usableFromInline
    init(
        _ kind: TimestampExtractorKind,
        _ extract: @escaping @Sendable (Record<Key, Value>, Timestamp?) throws -> Timestamp
    ) {
        self.kind = kind
        self.extract = extract
    }

    /// The record's own time; a negative one stops the application (Kafka's `FailOnInvalidTimestamp`). The default.
    public static var fail: TimestampExtractor {
        TimestampExtractor(.fail) { record, _ in throw InvalidTimestamp(record.timestamp) }
    }

    /// The record's own time; a record with a negative one is dropped (`LogAndSkipOnInvalidTimestamp`).
    public static var logAndSkip: TimestampExtractor {
        TimestampExtractor(.logAndSkip) { record, _ in record.timestamp }
    }

    /// The record's own time; a negative one is replaced by the largest the partition has had
    /// (`UsePartitionTimeOnInvalidTimestamp`). Stops the application where there is none yet.
    public static var usePartitionTime: TimestampExtractor {
        TimestampExtractor(.usePartitionTime) { record, partitionTime in
            guard let partitionTime else { throw InvalidTimestamp(record.timestamp) }
            return partitionTime
        }
    }

    /// - Parameter extract: given the record as it came and the largest timestamp its partition has had, nil before
    ///   the first. What it throws stops the application.
    @inlinable
    public static func custom(
        _ extract: @escaping @Sendable (_ record: Record<Key, Value>, _ partitionTime: Timestamp?) throws -> Timestamp
    ) -> TimestampExtractor {
        TimestampExtractor(.custom, extract)
    }

    @inlinable
    func timestamp(
        of record: Record<Key, Value>, partitionTime: Timestamp?, context: TaskContext, node: String
    ) throws -> Timestamp {
        if keepsValidTimestamps && record.timestamp >= .epoch { return record.timestamp }
        do {
            return try extract(record, partitionTime)
        } catch {
            throw context.timestampFailure(error, node: node)
        }
    }
}

/// Which of the extractors one is: two streams of one topic must agree on it.
@usableFromInline
enum TimestampExtractorKind: Sendable {
    case fail
    case logAndSkip
    case usePartitionTime
    case custom
}

/// A record has a negative timestamp: one that is read, and the extractor allows none, or one that a processor
/// forwards.
public struct InvalidTimestamp: Error, Hashable, Sendable, CustomStringConvertible {
    /// The timestamp that is refused.
    public let timestamp: Timestamp

    /// An error about `timestamp`.
    public init(_ timestamp: Timestamp) { self.timestamp = timestamp }

    public var description: String {
        "the record's timestamp is \(timestamp.millisecondsSinceEpoch); "
            + "it must not be negative, or its source needs another timestamp extractor"
    }
}

extension TaskContext {
    @usableFromInline
    func timestampFailure(_ error: any Error, node: String) -> StreamsProcessingError {
        StreamsProcessingError(
            stage: .timestamp, record: FailedRecord(source: source, taskID: taskID, node: node, error: error))
    }
}
