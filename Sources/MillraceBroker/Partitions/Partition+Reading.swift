package import MillraceCore
package import MillraceLog

/// What one partition answers to a fetch.
package struct PartitionFetch: Sendable {
    /// Where in the writer the batches lie; empty where there is nothing to read yet.
    package var bytes: Range<Int>
    /// The offset after the last batch.
    package var nextOffset: Offset
    package var logStart: Offset
    package var highWatermark: Offset
    package var lastStableOffset: Offset
    /// For those who read committed: whose records in the range are to be left out, by first offset.
    package var aborted: [AbortedRecords]
}

/// What one partition answers to a fetch whose bytes go from the file to a socket.
package struct PartitionSlice: Sendable {
    /// Where the batches lie; nil where there is nothing to read yet.
    package var records: LogSlice?
    package var logStart: Offset
    package var highWatermark: Offset
    package var lastStableOffset: Offset
    /// For those who read committed: whose records in the range are to be left out, by first offset.
    package var aborted: [AbortedRecords]
}

/// Records of one producer that are not to be shown to those who read committed: its transaction was aborted.
package struct AbortedRecords: Hashable, Sendable {
    package var producerID: Int64
    package var firstOffset: Offset
    /// The marker's.
    package var lastOffset: Offset
}

/// Where appended batches ended up.
package struct AppendedRecords: Hashable, Sendable {
    package var baseOffset: Offset
    package var lastOffset: Offset
    /// They had been appended before: the offsets are those of then.
    package var isDuplicate: Bool
    /// The time the records got, where the topic has `message.timestamp.type=LogAppendTime`.
    package var appendTime: Timestamp?
    package var logStart: Offset
    /// The topic's `flush.messages` asks for a sync before this is acknowledged.
    package var isFlushDue: Bool
}

/// Where a partition begins and ends.
package struct PartitionBounds: Hashable, Sendable {
    package var logStart: Offset
    package var highWatermark: Offset
    package var lastStableOffset: Offset
}

/// Fetch and ListOffsets of one partition. Reads files under the partition's lock; from any thread.
extension Partition {
    package func bounds() throws(BrokerError) -> PartitionBounds {
        try withLog { log throws(LogError) in
            PartitionBounds(
                logStart: log.logStart, highWatermark: log.logEnd, lastStableOffset: log.lastStableOffset)
        }
    }

    /// Reads whole batches from the one that holds `offset` on, to the end of `writer`: the first one whatever its
    /// size, more while `maxBytes` allows, and only up to what `isolation` may see.
    package func fetch(
        from offset: Offset, maxBytes: Int, isolation: IsolationLevel, into writer: inout ByteWriter
    ) throws(BrokerError) -> PartitionFetch {
        try withLog { log throws(LogError) in
            let limit = isolation == .readCommitted ? log.lastStableOffset : log.logEnd
            let end = writer.count
            guard offset < log.logStart || offset > log.logEnd || offset < limit else {
                return PartitionFetch(
                    bytes: end..<end, nextOffset: offset, logStart: log.logStart, highWatermark: log.logEnd,
                    lastStableOffset: log.lastStableOffset, aborted: [])
            }
            let result = try log.read(from: offset, maxBytes: maxBytes, upTo: limit, into: &writer)
            let isFiltered = isolation == .readCommitted && !result.bytes.isEmpty
            return PartitionFetch(
                bytes: result.bytes, nextOffset: result.nextOffset, logStart: log.logStart,
                highWatermark: log.logEnd, lastStableOffset: log.lastStableOffset,
                aborted: isFiltered ? try aborted(in: log, from: result.firstOffset, to: result.nextOffset) : [])
        }
    }

    /// As `fetch`, but says where the batches lie instead of reading them: whole ones, up to what `isolation` may see.
    /// The slice stays as it is, whatever becomes of the log, for as long as it is held.
    package func slice(
        from offset: Offset, maxBytes: Int, isolation: IsolationLevel
    ) throws(BrokerError) -> PartitionSlice {
        try withLog { log throws(LogError) in
            let limit = isolation == .readCommitted ? log.lastStableOffset : log.logEnd
            let records = try log.slice(from: offset, maxBytes: maxBytes, upTo: limit)
            var result = PartitionSlice(
                records: records, logStart: log.logStart, highWatermark: log.logEnd,
                lastStableOffset: log.lastStableOffset, aborted: [])
            if isolation == .readCommitted, let records {
                result.aborted = try aborted(in: log, from: offset, to: records.nextOffset)
            }
            return result
        }
    }

    private func aborted(
        in log: PartitionLog, from start: Offset, to end: Offset
    ) throws(LogError) -> [AbortedRecords] {
        try log.abortedTransactions(from: start, to: end).map {
            AbortedRecords(producerID: $0.producerID, firstOffset: $0.firstOffset, lastOffset: $0.lastOffset)
        }
    }
}
