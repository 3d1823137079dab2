/// The codecs of a batch's attributes (Kafka docs, "Record Batch").
public enum Compression: UInt8, Sendable, CaseIterable {
    /// As they are.
    case none = 0
    /// Deflate in a gzip frame.
    case gzip = 1
    /// Snappy, in the framing of Kafka's Java client.
    case snappy = 2
    /// LZ4 frames.
    case lz4 = 3
    /// Zstandard frames.
    case zstd = 4
}
