public import MillraceCore

/// A session of a key: both ends are included. Rows sort by end, then by start; store time is the greatest end
/// (SEMANTICS I1). Pure.
///
/// | where | layout |
/// | --- | --- |
/// | changelog (Kafka's session key schema) | key ++ end, 8 bytes ++ start, 8 bytes |
/// | byte store | … ++ end, 8 bytes ++ start, 8 bytes |
public struct SessionRow: GroupRow {
    /// The times of the session's first and last record, in milliseconds.
    public let start: Int64
    /// The time of the session's last record.
    public let end: Int64

    /// The session between two records.
    @inlinable
    public init(start: Int64, end: Int64) {
        precondition(start >= 0 && start <= end, "a session from \(start) to \(end)")
        self.start = start
        self.end = end
    }

    @inlinable public static var expires: Bool { true }
    @inlinable public var time: Int64? { end }

    @inlinable
    public static func < (left: SessionRow, right: SessionRow) -> Bool {
        left.end != right.end ? left.end < right.end : left.start < right.start
    }

    @inlinable
    public func makeChangelogKey(_ writer: inout ByteWriter) { appendStored(to: &writer) }

    @inlinable
    public func appendStored(to writer: inout ByteWriter) {
        writer.append(end)
        writer.append(start)
    }

    public static func readChangelogKey(
        _ bytes: RawSpan, timestamp: Timestamp
    ) throws(StoreError) -> (group: Range<Int>, row: SessionRow) {
        let groupCount = bytes.byteCount - 16
        guard groupCount >= 0 else {
            throw StoreError(.corrupt, "a changelog key of \(bytes.byteCount) bytes is no session's key")
        }
        return (0..<groupCount, try readStored(bytes.extracting(groupCount..<bytes.byteCount)))
    }

    public static func readStored(_ bytes: RawSpan) throws(StoreError) -> SessionRow {
        var reader = ByteReader()
        guard bytes.byteCount == 16, let end = try? reader.read(Int64.self, from: bytes),
            let start = try? reader.read(Int64.self, from: bytes), start >= 0, start <= end
        else { throw StoreError(.corrupt, "\(bytes.byteCount) bytes are no session's bounds") }
        return SessionRow(start: start, end: end)
    }
}

/// Kafka Streams' session store: a value for each key and session. Under `.milliseconds` of retention a session stays
/// visible while its end lies within them of the greatest end ever put.
public typealias SessionStore<Key: Hashable, Value> = GroupedStore<Key, SessionRow, Value>
