/// Writes records into one batch, magic 2, in the buffer that will go to the log or the socket. It has one owner and
/// is recycled with `reset`. Pure.
///
///     var builder = RecordBatchBuilder()
///     builder.append(timestamp: now, key: key.span.bytes, value: nil)
///     builder.seal(producer: identity, baseSequence: 0, isTransactional: true)
///     log.append(builder.bytes)
public struct RecordBatchBuilder: ~Copyable {
    @usableFromInline var writer: ByteWriter
    @usableFromInline var recordCount: Int32 = 0
    @usableFromInline var baseTimestamp: Int64 = 0
    @usableFromInline var maxTimestamp: Int64 = .min
    /// Set once the records stand compressed in the buffer: none can be added then.
    @usableFromInline var compression = Compression.none

    /// An empty batch with room for `capacity` bytes; it grows as needed.
    public init(capacity: Int = 16 * 1024) {
        writer = ByteWriter(capacity: max(capacity, RecordBatchHeader.byteCount))
        writer.appendZeros(RecordBatchHeader.byteCount)
    }

    /// Records appended since the last `reset`.
    @inlinable public var count: Int { Int(recordCount) }
    /// Whether it has no record yet.
    @inlinable public var isEmpty: Bool { recordCount == 0 }
    /// Of the batch as it stands, header included.
    @inlinable public var byteCount: Int { writer.count }

    /// The batch; valid once sealed.
    @inlinable
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get { writer.bytes }
    }

    /// Forgets the records, keeps the memory.
    @inlinable
    public mutating func reset() {
        writer.truncate(to: RecordBatchHeader.byteCount)
        recordCount = 0
        maxTimestamp = .min
        compression = .none
    }

    /// Appends a record after the others. Null keys and values are nil.
    @inlinable
    public mutating func append(
        timestamp: Timestamp, key: RawSpan?, value: RawSpan?, headers: Headers = .empty
    ) {
        append(timestamp: timestamp, key: key, value: value, headers: headers, offsetDelta: Int64(recordCount))
    }

    @inlinable
    mutating func append(
        timestamp: Timestamp, key: RawSpan?, value: RawSpan?, headers: Headers, offsetDelta: Int64
    ) {
        precondition(compression == .none, "the batch has been compressed: reset it before appending")
        let time = timestamp.millisecondsSinceEpoch
        if recordCount == 0 { baseTimestamp = time }
        if time > maxTimestamp { maxTimestamp = time }
        writer.appendRecord(
            timestampDelta: time &- baseTimestamp, offsetDelta: offsetDelta, key: key, value: value, headers: headers)
        recordCount &+= 1
    }

    /// -1 for nil, as on the wire.
    @inlinable
    static func length(of bytes: RawSpan?) -> Int {
        guard let bytes else { return -1 }
        return bytes.byteCount
    }

    /// The head that `seal` writes, without the checksum: for whoever takes the records out again, to send them in
    /// batches of another making.
    package mutating func makeHeader() throws(RecordError) -> RecordBatchHeader {
        precondition(recordCount > 0, "an empty batch has no head")
        writeHeader(
            attributes: BatchAttributes(compression: compression, isTransactional: false, isControl: false),
            producer: .none, baseSequence: -1, baseOffset: .zero, partitionLeaderEpoch: 0)
        return try RecordBatchHeader(from: writer.bytes)
    }

    /// Writes the header and the checksum; the batch is then ready to be sent. The base offset stays 0: the log
    /// assigns it. Sealing again, with other values, is allowed; a compressed batch stays compressed as it is.
    public mutating func seal(
        producer: ProducerIdentity = .none, baseSequence: Int32 = -1, isTransactional: Bool = false,
        isControl: Bool = false, baseOffset: Offset = .zero, partitionLeaderEpoch: Int32 = 0,
        compression codec: Compression = .none
    ) {
        precondition(recordCount > 0, "an empty batch cannot be sealed")
        if codec != .none && compression == .none { compressRecords(codec) }
        let attributes = BatchAttributes(
            compression: compression, isTransactional: isTransactional, isControl: isControl)
        writeHeader(
            attributes: attributes, producer: producer, baseSequence: baseSequence, baseOffset: baseOffset,
            partitionLeaderEpoch: partitionLeaderEpoch)
        let end = writer.count
        let checksum = CRC32C.checksum(writer.bytes.extracting(RecordBatchHeader.checksummedStart..<end))
        writer.overwrite(at: 17, checksum)
    }

    private mutating func compressRecords(_ codec: Compression) {
        var compressed = ByteWriter(capacity: max(256, writer.count / 2))
        codec.compress(writer.bytes.extracting(RecordBatchHeader.byteCount..<writer.count), into: &compressed)
        writer.truncate(to: RecordBatchHeader.byteCount)
        writer.append(compressed.bytes)
        compression = codec
    }

    private mutating func writeHeader(
        attributes: BatchAttributes, producer: ProducerIdentity, baseSequence: Int32, baseOffset: Offset,
        partitionLeaderEpoch: Int32
    ) {
        writer.overwrite(at: 0, baseOffset.rawValue)
        writer.overwrite(at: 8, Int32(writer.count - RecordBatchHeader.prefixByteCount))
        writer.overwrite(at: 12, partitionLeaderEpoch)
        writer.overwrite(at: 16, Int8(2))
        writer.overwrite(at: 21, attributes.rawValue)
        writer.overwrite(at: 23, recordCount - 1)
        writer.overwrite(at: 27, baseTimestamp)
        writer.overwrite(at: 35, maxTimestamp)
        writer.overwrite(at: 43, producer.id)
        writer.overwrite(at: 51, producer.epoch)
        writer.overwrite(at: 53, baseSequence)
        writer.overwrite(at: 57, recordCount)
    }

    /// Gives the batch away, as it stands, for the memory of `buffer`: what has to keep a batch, until a broker has
    /// acknowledged it, need not copy it. The builder is empty then.
    package mutating func moveBytes(to buffer: SharedBuffer) {
        buffer.fill { other in
            other.removeAll()
            swap(&writer, &other)
        }
        writer.appendZeros(RecordBatchHeader.byteCount)
        reset()
    }

    // MARK: Headers

    @usableFromInline
    static func size(of headers: Headers) -> Int {
        var size = Varint.size(Int64(headers.count))
        for header in headers {
            let nameLength = header.name.utf8.count
            size += Varint.size(Int64(nameLength)) + nameLength
            size += Varint.size(Int64(header.value?.count ?? -1)) + (header.value?.count ?? 0)
        }
        return size
    }
}
