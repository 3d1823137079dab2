/// The settings of one partition's log; names and defaults are those of Kafka's topic configs. A plain value: the
/// broker makes it from a topic's configs and may replace it while the log is open. No I/O.
package struct LogConfiguration: Hashable, Sendable {
    /// `segment.bytes`: a segment that would grow past this is closed first. At most `Int32.max`, since an index
    /// entry holds a position in 32 bits.
    package var segmentBytes: Int
    /// `segment.ms`: a segment is closed when a batch comes this much later (by its timestamp) than its first one.
    package var segmentMilliseconds: Int64
    /// `retention.bytes`; nil keeps any amount.
    package var retentionBytes: Int64?
    /// `retention.ms`, against the timestamps of the records; nil keeps them for ever.
    package var retentionMilliseconds: Int64?
    /// `max.message.bytes`: the largest batch, header included.
    package var maxMessageBytes: Int
    /// `index.interval.bytes`: bytes of log between two index entries.
    package var indexIntervalBytes: Int
    /// `message.timestamp.type`.
    package var timestampType: TimestampType
    /// `cleanup.policy`.
    package var cleanupPolicy: CleanupPolicy
    /// `transactional.id.expiration.ms` and `producer.id.expiration.ms` in one: a producer that has written nothing
    /// for so long, and has no open transaction, is forgotten.
    package var producerExpirationMilliseconds: Int64
    /// `delete.retention.ms`: how long tombstones and transaction markers stay once compaction has met them.
    package var deleteRetentionMilliseconds: Int64 = 86_400_000
    /// `min.compaction.lag.ms`: records younger than this are not compacted.
    package var minCompactionLagMilliseconds: Int64 = 0
    /// `max.compaction.lag.ms`: with records older than this, compaction waits for no ratio, and the active segment is
    /// closed.
    package var maxCompactionLagMilliseconds = Int64.max
    /// `min.cleanable.dirty.ratio`: compaction waits until more than this share of the bytes was never compacted.
    package var minCleanableDirtyRatio = 0.5

    package enum TimestampType: Hashable, Sendable {
        /// Records keep the time their producer gave them.
        case createTime
        /// The broker's time replaces it.
        case logAppendTime
    }

    package struct CleanupPolicy: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let delete = CleanupPolicy(rawValue: 1)
        /// Records need a key.
        package static let compact = CleanupPolicy(rawValue: 2)
    }

    package init(
        segmentBytes: Int = 1 << 30, segmentMilliseconds: Int64 = 7 * 86_400_000, retentionBytes: Int64? = nil,
        retentionMilliseconds: Int64? = 7 * 86_400_000, maxMessageBytes: Int = 1_048_588,
        indexIntervalBytes: Int = 4096, timestampType: TimestampType = .createTime,
        cleanupPolicy: CleanupPolicy = .delete, producerExpirationMilliseconds: Int64 = 86_400_000
    ) {
        precondition(
            segmentBytes > 0 && segmentBytes <= Int(Int32.max), "segment.bytes \(segmentBytes) is out of range")
        self.segmentBytes = segmentBytes
        self.segmentMilliseconds = segmentMilliseconds
        self.retentionBytes = retentionBytes
        self.retentionMilliseconds = retentionMilliseconds
        self.maxMessageBytes = maxMessageBytes
        self.indexIntervalBytes = indexIntervalBytes
        self.timestampType = timestampType
        self.cleanupPolicy = cleanupPolicy
        self.producerExpirationMilliseconds = producerExpirationMilliseconds
    }
}
