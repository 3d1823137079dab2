extension RecordBatchHeader {
    /// Most bytes the records of one batch may take once decompressed: what a small batch may blow up to.
    public static let decompressedLimit = 256 << 20

    /// Appends the records of a batch to `writer`, decompressed; a `RecordCursor` reads them there.
    ///
    /// - Parameters:
    ///   - bytes: hold the whole batch from `position` on.
    ///   - limit: most bytes to append.
    ///   - position: where to look.
    ///   - writer: where the bytes go.
    public func decompressRecords(
        of bytes: RawSpan, at position: Int = 0, into writer: inout ByteWriter, limit: Int = decompressedLimit
    ) throws(RecordError) {
        guard let codec = attributes.compression else {
            throw .unsupportedCompression(UInt8(attributes.rawValue & 7))
        }
        let start = position + RecordBatchHeader.byteCount
        let end = position + totalByteCount
        guard end <= bytes.byteCount, start <= end else {
            throw .truncated(needed: totalByteCount, available: bytes.byteCount - position)
        }
        try codec.decompress(bytes.extracting(start..<end), into: &writer, limit: limit)
    }
}

extension Compression {
    /// Appends `bytes`, compressed, to `writer`.
    ///
    /// - Parameters:
    ///   - bytes: what is to be compressed.
    ///   - writer: where the compressed bytes go.
    ///   - level: how hard to try, in the codec's own numbers; nil for its default. Snappy has none.
    public func compress(_ bytes: RawSpan, into writer: inout ByteWriter, level: Int32? = nil) {
        switch self {
        case .none: writer.append(bytes)
        case .gzip: GzipCodec.compress(bytes, into: &writer, level: level)
        case .snappy: SnappyCodec.compress(bytes, into: &writer)
        case .lz4: LZ4Codec.compress(bytes, into: &writer, level: level)
        case .zstd: ZstandardCodec.compress(bytes, into: &writer, level: level)
        }
    }

    /// Appends `bytes`, decompressed, to `writer`: all of them, or it throws and leaves `writer` as it was.
    ///
    /// - Throws: `.corruptCompression`, also where there are more than `limit` bytes.
    public func decompress(_ bytes: RawSpan, into writer: inout ByteWriter, limit: Int) throws(RecordError) {
        let start = writer.count
        let isSound: Bool
        switch self {
        case .none:
            writer.append(bytes)
            isSound = bytes.byteCount <= limit
        case .gzip: isSound = GzipCodec.decompress(bytes, into: &writer, limit: limit)
        case .snappy: isSound = SnappyCodec.decompress(bytes, into: &writer, limit: limit)
        case .lz4: isSound = LZ4Codec.decompress(bytes, into: &writer, limit: limit)
        case .zstd: isSound = ZstandardCodec.decompress(bytes, into: &writer, limit: limit)
        }
        guard isSound, writer.count - start <= limit else {
            writer.truncate(to: start)
            throw .corruptCompression(self)
        }
    }

    /// Room that a streaming codec is offered at a time.
    static let pieceBytes = 64 << 10
}
