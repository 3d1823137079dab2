/// The fixed front of a record batch, magic 2 (KIP-98; Kafka docs, "Record Batch"):
///
///     at  0  8  base offset              at 35  8  max timestamp
///         8  4  length of what follows       43  8  producer id
///        12  4  partition leader epoch       51  2  producer epoch
///        16  1  magic, 2                     53  4  base sequence
///        17  4  CRC-32C of all from 21 on    57  4  record count
///        21  2  attributes                   61     records, compressed together or plain
///        23  4  last offset delta
///        27  8  base timestamp
///
/// The base offset and the leader epoch lie before the checksummed part: a broker writes them into the bytes of a
/// producer without touching the rest. Pure; used by whoever reads a log or a request.
public struct RecordBatchHeader: Hashable, Sendable {
    /// Bytes of a header.
    public static let byteCount = 61
    /// Base offset and length: what lies before the bytes that `length` counts.
    public static let prefixByteCount = 12
    /// Where the checksummed part begins.
    public static let checksummedStart = 21

    /// The first record's offset.
    public var baseOffset: Offset
    /// Of the whole batch, in bytes, prefix included.
    public var totalByteCount: Int
    /// The epoch of the leader that wrote the batch.
    public var partitionLeaderEpoch: Int32
    /// CRC-32C of everything after this field.
    public var checksum: UInt32
    /// Codec and flags.
    public var attributes: BatchAttributes
    /// The last record's offset less `baseOffset`.
    public var lastOffsetDelta: Int32
    /// The first record's timestamp, to which the others are relative.
    public var baseTimestamp: Timestamp
    /// The largest timestamp of its records.
    public var maxTimestamp: Timestamp
    /// Who wrote the batch, for idempotence and transactions.
    public var producer: ProducerIdentity
    /// -1 where no idempotent producer wrote the batch.
    public var baseSequence: Int32
    /// How many records it has.
    public var recordCount: Int32

    /// The last record's offset.
    @inlinable public var lastOffset: Offset { baseOffset.advanced(by: Int64(lastOffsetDelta)) }
    /// The offset after the last record.
    @inlinable public var nextOffset: Offset { baseOffset.advanced(by: Int64(lastOffsetDelta) + 1) }

    /// Reads the header that begins at `position`, and checks what can be checked without the records:
    /// that they are all there, the magic, and that counts and lengths are possible.
    public init(from bytes: RawSpan, at position: Int = 0) throws(RecordError) {
        do {
            var reader = ByteReader(position: position)
            let rawOffset: Int64 = try reader.read(from: bytes)
            let length: Int32 = try reader.read(from: bytes)
            partitionLeaderEpoch = try reader.read(from: bytes)
            let magic: Int8 = try reader.read(from: bytes)
            guard magic == 2 else { throw RecordError.unsupportedMagic(magic) }
            guard rawOffset >= 0 else { throw RecordError.malformed("base offset \(rawOffset)") }
            guard length >= RecordBatchHeader.byteCount - RecordBatchHeader.prefixByteCount else {
                throw RecordError.malformed("batch length \(length)")
            }
            baseOffset = Offset(rawOffset)
            totalByteCount = Int(length) + RecordBatchHeader.prefixByteCount
            guard bytes.byteCount - position >= totalByteCount else {
                throw RecordError.truncated(needed: totalByteCount, available: bytes.byteCount - position)
            }
            checksum = try reader.read(from: bytes)
            attributes = BatchAttributes(rawValue: try reader.read(from: bytes))
            lastOffsetDelta = try reader.read(from: bytes)
            baseTimestamp = Timestamp(try reader.read(from: bytes))
            maxTimestamp = Timestamp(try reader.read(from: bytes))
            let producerID: Int64 = try reader.read(from: bytes)
            producer = ProducerIdentity(id: producerID, epoch: try reader.read(from: bytes))
            baseSequence = try reader.read(from: bytes)
            recordCount = try reader.read(from: bytes)
        } catch let error as RecordError {
            throw error
        } catch {
            throw .truncated(needed: RecordBatchHeader.byteCount, available: bytes.byteCount - position)
        }
        guard lastOffsetDelta >= 0, recordCount >= 0, Int64(recordCount) <= Int64(lastOffsetDelta) + 1 else {
            throw .malformed("\(recordCount) records up to offset delta \(lastOffsetDelta)")
        }
        guard baseOffset.rawValue <= Int64.max - Int64(lastOffsetDelta) - 1 else {
            throw .malformed("base offset \(baseOffset) leaves no room for its records")
        }
    }

    /// Throws `.corruptChecksum` unless the bytes of the batch at `position` match its checksum.
    public func verifyChecksum(of bytes: RawSpan, at position: Int = 0) throws(RecordError) {
        let covered = bytes.extracting(
            (position + RecordBatchHeader.checksummedStart)..<(position + totalByteCount))
        let actual = CRC32C.checksum(covered)
        guard actual == checksum else {
            throw .corruptChecksum(baseOffset: baseOffset, stored: checksum, actual: actual)
        }
    }
}

/// Bits of a batch's attributes.
public struct BatchAttributes: RawRepresentable, Hashable, Sendable {
    public var rawValue: Int16

    public init(rawValue: Int16) { self.rawValue = rawValue }

    /// Attributes of these parts.
    public init(
        compression: Compression = .none, isTransactional: Bool = false, isControl: Bool = false,
        usesLogAppendTime: Bool = false
    ) {
        rawValue =
            Int16(compression.rawValue) | (usesLogAppendTime ? 8 : 0) | (isTransactional ? 16 : 0)
            | (isControl ? 32 : 0)
    }

    /// Nil where the three bits name no codec we know.
    public var compression: Compression? { Compression(rawValue: UInt8(rawValue & 7)) }
    /// Whether the records' timestamps are the broker's.
    public var usesLogAppendTime: Bool { rawValue & 8 != 0 }
    /// Whether the batch belongs to a transaction.
    public var isTransactional: Bool {
        get { rawValue & 16 != 0 }
        set { rawValue = newValue ? rawValue | 16 : rawValue & ~16 }
    }
    /// Whether it is a marker of the broker, not data.
    public var isControl: Bool { rawValue & 32 != 0 }
    /// Whether compaction has put, in place of the base timestamp, when tombstones may go (KIP-534).
    public var hasDeleteHorizon: Bool {
        get { rawValue & 64 != 0 }
        set { rawValue = newValue ? rawValue | 64 : rawValue & ~64 }
    }
}

/// What is wrong with the bytes of a batch or a record.
public enum RecordError: Error, Hashable, Sendable {
    /// The bytes end before the batch does.
    case truncated(needed: Int, available: Int)
    /// The batch is of a format other than 2.
    case unsupportedMagic(Int8)
    /// The bytes are not those that were written.
    case corruptChecksum(baseOffset: Offset, stored: UInt32, actual: UInt32)
    /// Lengths or counts contradict each other.
    case malformed(String)
    /// The codec has no known number.
    case unsupportedCompression(UInt8)
    /// The codec cannot read its bytes.
    case corruptCompression(Compression)
}
