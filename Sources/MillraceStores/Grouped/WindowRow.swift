public import MillraceCore

/// A window of a key, by its start: for windows that begin anywhere, where a table for each start, as `WindowStore` has
/// it, would hold one row. Rows sort by start; store time is the greatest start (SEMANTICS I1). Pure.
///
/// | where | layout |
/// | --- | --- |
/// | changelog (Kafka's window key schema) | key ++ start, 8 bytes ++ sequence number, 4 bytes, always 0 |
/// | byte store | … ++ start, 8 bytes |
public struct WindowRow: GroupRow {
    /// In milliseconds.
    public let start: Int64

    /// - Parameter start: in milliseconds, not negative.
    @inlinable
    public init(start: Int64) {
        precondition(start >= 0, "a window from \(start)")
        self.start = start
    }

    @inlinable public static var expires: Bool { true }
    /// The start.
    @inlinable public var time: Int64? { start }

    @inlinable
    public static func < (left: WindowRow, right: WindowRow) -> Bool { left.start < right.start }

    @inlinable
    public func makeChangelogKey(_ writer: inout ByteWriter) {
        WindowKey.appendChangelogSuffix(start: start, to: &writer)
    }

    @inlinable
    public func appendStored(to writer: inout ByteWriter) { writer.append(start) }

    /// Throws for what is no window's key.
    public static func readChangelogKey(
        _ bytes: RawSpan, timestamp: Timestamp
    ) throws(StoreError) -> (group: Range<Int>, row: WindowRow) {
        let (group, start) = try WindowKey.readChangelogKey(bytes)
        return (group, WindowRow(start: start))
    }

    /// Throws for what is no window's start.
    public static func readStored(_ bytes: RawSpan) throws(StoreError) -> WindowRow {
        let start = try WindowKey.readStart(bytes)
        guard bytes.byteCount == 8, start >= 0 else {
            throw StoreError(.corrupt, "\(bytes.byteCount) bytes are no window's start")
        }
        return WindowRow(start: start)
    }
}

/// The store of windows that begin anywhere, such as sliding windows: a value for each key and window start. A window
/// stays visible while its start lies within the retention of the greatest start ever put.
public typealias SlidingWindowStore<Key: Hashable, Value> = GroupedStore<Key, WindowRow, Value>
