public import MillraceCore

/// A version of a key's value, called by the time from which it is valid. Store time is the greatest of these; what of
/// the history is still kept is `VersionedStore`'s business. Pure.
///
/// | where | layout |
/// | --- | --- |
/// | changelog (Kafka's) | key; the record's timestamp is the version's |
/// | byte store | … ++ valid from, 8 bytes |
public struct VersionRow: GroupRow {
    /// In milliseconds, not negative.
    public let validFrom: Int64

    /// The version that begins at this time.
    @inlinable
    public init(validFrom: Int64) { self.validFrom = validFrom }

    @inlinable public static var expires: Bool { false }
    /// A version that has left the history is no business of the changelog, which is compacted by key.
    @inlinable public static var logsRemovals: Bool { false }
    @inlinable public var time: Int64? { validFrom }

    @inlinable
    public static func < (left: VersionRow, right: VersionRow) -> Bool { left.validFrom < right.validFrom }

    @inlinable
    public func makeChangelogKey(_ writer: inout ByteWriter) {}

    @inlinable
    public func appendStored(to writer: inout ByteWriter) { writer.append(validFrom) }

    public static func readChangelogKey(
        _ bytes: RawSpan, timestamp: Timestamp
    ) throws(StoreError) -> (group: Range<Int>, row: VersionRow) {
        guard timestamp >= .epoch else {
            throw StoreError(.corrupt, "a version that is valid from \(timestamp.millisecondsSinceEpoch)")
        }
        return (0..<bytes.byteCount, VersionRow(validFrom: timestamp.millisecondsSinceEpoch))
    }

    public static func readStored(_ bytes: RawSpan) throws(StoreError) -> VersionRow {
        var reader = ByteReader()
        guard bytes.byteCount == 8, let time = try? reader.read(Int64.self, from: bytes), time >= 0 else {
            throw StoreError(.corrupt, "\(bytes.byteCount) bytes are no version's time")
        }
        return VersionRow(validFrom: time)
    }
}

/// What a version says: a value, or that there was none from then on (a tombstone is a version).
@usableFromInline
struct VersionContent<Value> {
    @usableFromInline var value: Value?

    @inlinable
    init(_ value: Value?) { self.value = value }
}

/// A version's bytes: 00 for none, 01 and the value's own.
@usableFromInline
struct VersionContentSerde<Inner: Serde>: Serde {
    @usableFromInline let inner: Inner

    @inlinable
    init(_ inner: Inner) { self.inner = inner }

    @inlinable
    func serialize(_ content: VersionContent<Inner.Value>, into writer: inout ByteWriter) throws {
        guard let value = content.value else { return writer.append(UInt8(0)) }
        writer.append(UInt8(1))
        try inner.serialize(value, into: &writer)
    }

    @inlinable
    func deserialize(_ bytes: RawSpan) throws -> VersionContent<Inner.Value> {
        guard bytes.byteCount > 0 else { throw StoreError(.corrupt, "a version without a byte") }
        if bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == 0 { return VersionContent(nil) }
        return VersionContent(try inner.deserialize(bytes.extracting(1..<bytes.byteCount)))
    }
}

/// Turns versions into the changelog's form: a null value for none, else the value's own bytes.
@usableFromInline
final class VersionChangelog: ChangelogSink {
    private let sink: any ChangelogSink

    @usableFromInline
    init(_ sink: any ChangelogSink) { self.sink = sink }

    @usableFromInline
    func append(key: RawSpan, value: RawSpan?, timestamp: Timestamp) throws {
        guard let value, value.byteCount > 0, value.unsafeLoad(fromByteOffset: 0, as: UInt8.self) != 0 else {
            return try sink.append(key: key, value: nil, timestamp: timestamp)
        }
        try sink.append(key: key, value: value.extracting(1..<value.byteCount), timestamp: timestamp)
    }
}
