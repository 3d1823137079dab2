/// Why a record was dropped (Kafka Streams' dropped-records metric, with reasons).
public enum DropReason: Hashable, Sendable, CaseIterable {
    case nullKey
    case nullValue
    case late
    case expiredWindow
    case undecodable
    case negativeTimestamp
    case processingError
    case unserializable
}

/// Counts of one task, kept by its thread.
public final class TaskMetrics {
    public private(set) var dropped: [DropReason: Int] = [:]
    public var processedRecords = 0

    public init() {}

    public func drop(_ reason: DropReason, count: Int = 1) { dropped[reason, default: 0] += count }

    public var droppedTotal: Int { dropped.values.reduce(0, +) }
}
