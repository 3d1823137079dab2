package import MillraceCore
internal import MillraceLog

/// What ListOffsets asks for (KIP-79, KIP-734, KIP-405). Pure.
package enum OffsetQuery: Hashable, Sendable {
    /// -1: where a reader at the end would go on; with `readCommitted` the last stable offset.
    case latest
    /// -2 and, with all of the log on this machine, -4.
    case earliest
    /// -3: the record with the largest timestamp.
    case maxTimestamp
    /// -5 and -6: in tiered storage, of which there is none.
    case tiered
    /// The first record at or after a time.
    case atOrAfter(Timestamp)

    /// Of the number on the wire; nil where Kafka does not know it either.
    package init?(timestamp: Int64) {
        switch timestamp {
        case -1: self = .latest
        case -2, -4: self = .earliest
        case -3: self = .maxTimestamp
        case -5, -6: self = .tiered
        case 0...: self = .atOrAfter(Timestamp(timestamp))
        default: return nil
        }
    }
}

/// What ListOffsets answers; -1 in all three where there is no such record, which is no error.
package struct LookedUpOffset: Hashable, Sendable {
    package var offset: Int64
    /// -1 for the ends of the log.
    package var timestamp: Int64
    package var leaderEpoch: Int32

    package static let none = LookedUpOffset(offset: -1, timestamp: -1, leaderEpoch: -1)
}

/// Looks offsets up, and moves the log start. Reads files under the partition's lock; from any thread.
extension Partition {
    /// The epoch of the only leader there has been.
    package static let leaderEpoch: Int32 = 0

    package func lookUp(_ query: OffsetQuery, isolation: IsolationLevel) throws(BrokerError) -> LookedUpOffset {
        try withLog { log throws(LogError) in
            let end = isolation == .readCommitted ? log.lastStableOffset : log.logEnd
            var found: TimestampedOffset?
            switch query {
            case .latest:
                return LookedUpOffset(offset: end.rawValue, timestamp: -1, leaderEpoch: Self.leaderEpoch)
            case .earliest:
                return LookedUpOffset(offset: log.logStart.rawValue, timestamp: -1, leaderEpoch: Self.leaderEpoch)
            case .tiered: return .none
            case .maxTimestamp: found = try log.offsetOfMaxTimestamp()
            case .atOrAfter(let time): found = try log.offset(atOrAfter: time)
            }
            guard let found, found.offset < end else { return .none }
            return LookedUpOffset(
                offset: found.offset.rawValue, timestamp: found.timestamp.millisecondsSinceEpoch,
                leaderEpoch: Self.leaderEpoch)
        }
    }

    /// Of the first record whose time is at least `time`; nil where there is none.
    package func offset(atOrAfter time: Timestamp) throws(BrokerError) -> Offset? {
        try withLog { log throws(LogError) in try log.offset(atOrAfter: time)?.offset }
    }

    /// OffsetForLeaderEpoch: where the epoch ended, which for the current one is the log end; nil for one that this log
    /// has not seen.
    package func endOffset(ofEpoch epoch: Int32) throws(BrokerError) -> Offset? {
        try withLog { log throws(LogError) in epoch == Self.leaderEpoch ? log.logEnd : nil }
    }

    package func deleteRecords(before offset: Offset) throws(BrokerError) {
        try withLog { log throws(LogError) in try log.deleteRecords(before: offset) }
    }

    /// - Parameter offset: as on the wire, -1 for the high watermark.
    /// - Returns: where the log begins now.
    func deleteRecords(beforeRaw offset: Int64) throws(BrokerError) -> Offset {
        try withLog { log throws(LogError) in
            guard offset >= -1 else {
                throw .offsetOutOfRange(.zero, logStart: log.logStart, logEnd: log.logEnd)
            }
            try log.deleteRecords(before: offset == -1 ? log.logEnd : Offset(offset))
            return log.logStart
        }
    }

    /// Bytes of the log's segments.
    package func byteCount() throws(BrokerError) -> Int64 {
        try withLog { log throws(LogError) in log.byteCount }
    }
}
