package import MillraceCore

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

    /// `message.timestamp.before.max.ms`: how much older than the log's clock a client's record may be.
    package var timestampBeforeMaxMilliseconds = Int64.max
    /// `message.timestamp.after.max.ms`: how far ahead of the log's clock a client's record may be.
    package var timestampAfterMaxMilliseconds: Int64 = 3_600_000
    /// `segment.index.bytes`: an offset or time index that has grown to this closes its segment.
    package var segmentIndexBytes = 10 << 20
    /// `segment.jitter.ms`: up to so much earlier than `segment.ms` a segment is closed, each a little differently, so
    /// that not all partitions close one at the same time.
    package var segmentJitterMilliseconds: Int64 = 0
    /// `flush.messages`: after so many records an append syncs.
    package var flushMessages = Int64.max
    /// `flush.ms`: what is older than this is synced.
    package var flushMilliseconds = Int64.max
    /// `compression.type`, with the level for it; nil for `producer`: batches stay as they come.
    package var recompression: Recompression?

    package struct Recompression: Hashable, Sendable {
        package var codec: Compression
        /// `compression.<codec>.level`; nil for the codec's own default.
        package var level: Int32?

        package init(codec: Compression, level: Int32? = nil) {
            self.codec = codec
            self.level = level
        }
    }

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
