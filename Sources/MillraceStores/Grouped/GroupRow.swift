public import MillraceCore

/// What a row of a `GroupedStore` is called within its group, and how its name lies in the changelog's and the byte
/// store's keys. Pure; called on the thread that owns the store. One small struct for each kind of store.
///
/// The order of rows is that of their `appendStored` bytes. Where rows expire, they sort by `time` first.
public protocol GroupRow: Hashable, Comparable, Sendable {
    /// Whether rows leave the store once their time lies its retention behind the store's time.
    static var expires: Bool { get }

    /// Whether the removal of a row goes into the changelog, as a tombstone.
    static var logsRemovals: Bool { get }

    /// What the row does to the store's time, in milliseconds, not negative; nil: nothing. Never nil where rows expire.
    var time: Int64? { get }

    /// Makes the changelog's key of the serialised group that `writer` holds.
    func makeChangelogKey(_ writer: inout ByteWriter)

    /// Splits a changelog's record into the place of the group in the key, and the row.
    static func readChangelogKey(
        _ bytes: RawSpan, timestamp: Timestamp
    ) throws(StoreError) -> (group: Range<Int>, row: Self)

    /// Appends the end of the byte store's key.
    func appendStored(to writer: inout ByteWriter)

    /// Reads what `appendStored` wrote, from all of `bytes`.
    static func readStored(_ bytes: RawSpan) throws(StoreError) -> Self
}

extension GroupRow {
    @inlinable public static var logsRemovals: Bool { true }
}
