public import MillraceCore

/// A record of a key that waits for partners in a stream–stream join: its timestamp, and which record it is. Rows sort
/// by timestamp, of equal ones by position; store time is the greatest timestamp (SEMANTICS E7). Pure.
///
/// The position is that of the source record that it comes from, so that after a restart a new record never takes the
/// place of an old one, and the same record, read again, does. Kafka Streams counts, and begins anew (SEMANTICS E9).
///
/// | where | layout |
/// | --- | --- |
/// | changelog | key ++ timestamp, 8 bytes ++ offset, 8 bytes ++ source, 4 bytes ++ ordinal, 4 bytes |
/// | byte store | … ++ the same 24 bytes |
///
/// Kafka Streams' own rows end in a count of 4 bytes in place of the last three.
public struct JoinRow: GroupRow {
    /// The record's time in milliseconds.
    public let timestamp: Int64
    /// Of the source record in its partition.
    public let offset: Int64
    /// Stands for topic and partition of the source record.
    public let source: UInt32
    /// How many rows came of the same source record before this one.
    public let ordinal: UInt32

    /// The row of a record.
    @inlinable
    public init(timestamp: Int64, offset: Int64, source: UInt32, ordinal: UInt32) {
        precondition(timestamp >= 0 && offset >= 0, "a row of a join at \(timestamp), offset \(offset)")
        self.timestamp = timestamp
        self.offset = offset
        self.source = source
        self.ordinal = ordinal
    }

    /// No row with this timestamp sorts before.
    @inlinable
    public static func first(at timestamp: Int64) -> JoinRow {
        JoinRow(timestamp: timestamp, offset: 0, source: 0, ordinal: 0)
    }

    /// No row with this timestamp sorts behind.
    @inlinable
    public static func last(at timestamp: Int64) -> JoinRow {
        JoinRow(timestamp: timestamp, offset: .max, source: .max, ordinal: .max)
    }

    /// Rows leave the store by their timestamps.
    @inlinable public static var expires: Bool { true }
    /// The timestamp.
    @inlinable public var time: Int64? { timestamp }

    /// By timestamp, then by position.
    @inlinable
    public static func < (left: JoinRow, right: JoinRow) -> Bool {
        if left.timestamp != right.timestamp { return left.timestamp < right.timestamp }
        if left.offset != right.offset { return left.offset < right.offset }
        return left.source != right.source ? left.source < right.source : left.ordinal < right.ordinal
    }

    /// See the table above.
    @inlinable
    public func makeChangelogKey(_ writer: inout ByteWriter) { appendStored(to: &writer) }

    /// See the table above.
    @inlinable
    public func appendStored(to writer: inout ByteWriter) {
        writer.append(timestamp)
        writer.append(offset)
        writer.append(source)
        writer.append(ordinal)
    }

    /// See the table above.
    public static func readChangelogKey(
        _ bytes: RawSpan, timestamp: Timestamp
    ) throws(StoreError) -> (group: Range<Int>, row: JoinRow) {
        let groupCount = bytes.byteCount - 24
        guard groupCount >= 0 else {
            throw StoreError(.corrupt, "a changelog key of \(bytes.byteCount) bytes is no join row's key")
        }
        return (0..<groupCount, try readStored(bytes.extracting(groupCount..<bytes.byteCount)))
    }

    /// See the table above.
    public static func readStored(_ bytes: RawSpan) throws(StoreError) -> JoinRow {
        var reader = ByteReader()
        guard bytes.byteCount == 24, let timestamp = try? reader.read(Int64.self, from: bytes),
            let offset = try? reader.read(Int64.self, from: bytes),
            let source = try? reader.read(UInt32.self, from: bytes),
            let ordinal = try? reader.read(UInt32.self, from: bytes), timestamp >= 0, offset >= 0
        else { throw StoreError(.corrupt, "\(bytes.byteCount) bytes are no row of a join") }
        return JoinRow(timestamp: timestamp, offset: offset, source: source, ordinal: ordinal)
    }
}

/// What one side of a stream–stream join remembers: every record by key, in the order of timestamps.
public typealias JoinStore<Key: Hashable, Value> = GroupedStore<Key, JoinRow, Value>
