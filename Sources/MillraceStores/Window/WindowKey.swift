public import MillraceCore

/// The bytes of a window's key. Pure.
///
/// | where | layout |
/// | --- | --- |
/// | changelog (Kafka's window key schema) | key ++ start, 8 bytes ++ sequence number, 4 bytes, always 0 |
/// | byte store | start, 8 bytes ++ key |
///
/// In the byte store time comes first: a walk over a stretch of time is one range, and expiry drops one range, whose
/// files hold nothing else. One key over many windows is one seek a window.
public enum WindowKey {
    @usableFromInline static var changelogSuffixByteCount: Int { 12 }

    /// Makes a changelog key of the serialised key that `writer` holds.
    @inlinable
    static func appendChangelogSuffix(start: Int64, to writer: inout ByteWriter) {
        writer.append(start)
        writer.append(Int32(0))
    }

    /// Splits a changelog key.
    static func readChangelogKey(_ bytes: RawSpan) throws(StoreError) -> (key: Range<Int>, start: Int64) {
        let keyCount = bytes.byteCount - changelogSuffixByteCount
        var reader = ByteReader(position: keyCount)
        guard keyCount >= 0, let start = try? reader.read(Int64.self, from: bytes), start >= 0 else {
            throw StoreError(.corrupt, "a changelog key of \(bytes.byteCount) bytes is no window's key")
        }
        return (0..<keyCount, start)
    }

    /// The window of a byte store's key.
    @usableFromInline
    static func readStart(_ bytes: RawSpan) throws(StoreError) -> Int64 {
        var reader = ByteReader()
        guard let start = try? reader.read(Int64.self, from: bytes) else {
            throw StoreError(.corrupt, "a stored key of \(bytes.byteCount) bytes is no window's key")
        }
        return start
    }

    /// The first byte store key of a window.
    @usableFromInline
    static func bytes(start: Int64) -> [UInt8] {
        withUnsafeBytes(of: start.bigEndian) { Array($0) }
    }
}
