/// Where the parts of one record lie in the bytes of its batch. It holds positions, not bytes: it can be kept while
/// the bytes stay put, and costs no reference count.
public struct RecordSlot: Hashable, Sendable {
    /// The record's offset.
    public var offset: Offset
    /// The record's timestamp.
    public var timestamp: Timestamp
    /// Nil for a null key.
    public var key: Range<Int>?
    /// Nil for a null value.
    public var value: Range<Int>?
    /// How many headers it has.
    public var headerCount: Int
    /// Where the headers begin; read them with `headers(in:)`.
    public var headersStart: Int

    /// A place of these parts.
    @inlinable
    public init(
        offset: Offset, timestamp: Timestamp, key: Range<Int>?, value: Range<Int>?, headerCount: Int = 0,
        headersStart: Int = 0
    ) {
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.headerCount = headerCount
        self.headersStart = headersStart
    }
}

/// Walks over the records of one batch in place. The bytes (decompressed, if the batch was compressed) are given at
/// every step.
///
///     var cursor = RecordCursor(header: header, recordsAt: 61)
///     while let slot = try cursor.next(in: bytes) { … bytes.extracting(slot.value!) … }
public struct RecordCursor: Sendable {
    @usableFromInline var reader: ByteReader
    @usableFromInline var remaining: Int32
    @usableFromInline let baseOffset: Int64
    /// No record may lie behind it: the header has checked that offsets up to here exist.
    @usableFromInline let lastOffsetDelta: Int64
    @usableFromInline let baseTimestamp: Int64
    /// Set where the broker's time replaces that of the records (`message.timestamp.type=LogAppendTime`).
    @usableFromInline let appendTime: Timestamp?

    /// - Parameter start: where in the bytes the first record lies.
    /// - Parameter header: of the batch.
    public init(header: RecordBatchHeader, recordsAt start: Int) {
        reader = ByteReader(position: start)
        remaining = header.recordCount
        baseOffset = header.baseOffset.rawValue
        lastOffsetDelta = Int64(header.lastOffsetDelta)
        baseTimestamp = header.baseTimestamp.millisecondsSinceEpoch
        appendTime = header.attributes.usesLogAppendTime ? header.maxTimestamp : nil
    }

    /// Records not yet read.
    @inlinable public var remainingCount: Int { Int(remaining) }

    /// The next record, nil after the last one.
    @inlinable
    public mutating func next(in bytes: RawSpan) throws(RecordError) -> RecordSlot? {
        guard remaining > 0 else { return nil }
        remaining &-= 1
        do {
            return try readRecord(from: bytes)
        } catch {
            throw RecordCursor.describe(error)
        }
    }

    @usableFromInline
    static func describe(_ error: any Error) -> RecordError {
        (error as? RecordError) ?? .malformed("record: \(error)")
    }

    /// A record whose head has room enough, and whose numbers take three bytes or less, as nearly all have: nothing is
    /// checked twice. Nil, and nothing read, where it is another, or one that is malformed.
    @inlinable
    mutating func readPlainRecord(from bytes: RawSpan) -> RecordSlot? {
        let limit = bytes.byteCount
        var position = reader.position
        guard position >= 0, limit &- position >= RecordCursor.plainHeadByteCount,
            let length = unsafe RecordCursor.readShort(&position, bytes)
        else { return nil }
        let end = position &+ length
        guard length >= 0, end <= limit else { return nil }
        position &+= 1  // attributes: no bit is defined
        guard let timestampDelta = unsafe RecordCursor.readShort(&position, bytes),
            let offsetDelta = unsafe RecordCursor.readShort(&position, bytes),
            offsetDelta >= 0, offsetDelta <= lastOffsetDelta,
            let keyLength = unsafe RecordCursor.readShort(&position, bytes)
        else { return nil }
        let keyStart = position
        position &+= max(keyLength, 0)
        // The length of the value and the count of the headers come next.
        guard limit &- position >= 3, let valueLength = unsafe RecordCursor.readShort(&position, bytes) else {
            return nil
        }
        let valueStart = position
        position &+= max(valueLength, 0)
        guard position < end else { return nil }
        let headerCount = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
        guard headerCount & 0x81 == 0, Int(headerCount &>> 1) <= length else { return nil }
        reader.position = end
        return RecordSlot(
            offset: Offset(baseOffset &+ Int64(offsetDelta)),
            timestamp: appendTime ?? Timestamp(baseTimestamp &+ Int64(timestampDelta)),
            key: keyLength < 0 ? nil : keyStart..<(keyStart &+ keyLength),
            value: valueLength < 0 ? nil : valueStart..<(valueStart &+ valueLength),
            headerCount: Int(headerCount &>> 1), headersStart: position &+ 1)
    }

    /// What stands before the key: four numbers of three bytes and one byte.
    @usableFromInline static var plainHeadByteCount: Int { 13 }

    /// A signed varint of up to three bytes, all of which must be there; nil where it is longer.
    @inlinable @inline(__always) @unsafe
    static func readShort(_ position: inout Int, _ bytes: RawSpan) -> Int? {
        let first = unsafe UInt(bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self))
        if first < 0x80 {
            position &+= 1
            return unZigZag(first)
        }
        let second = unsafe UInt(bytes.unsafeLoad(fromUncheckedByteOffset: position &+ 1, as: UInt8.self))
        if second < 0x80 {
            position &+= 2
            return unZigZag(first & 0x7f | second &<< 7)
        }
        let third = unsafe UInt(bytes.unsafeLoad(fromUncheckedByteOffset: position &+ 2, as: UInt8.self))
        guard third < 0x80 else { return nil }
        position &+= 3
        return unZigZag(first & 0x7f | (second & 0x7f) &<< 7 | third &<< 14)
    }

    @inlinable @inline(__always)
    static func unZigZag(_ value: UInt) -> Int { Int(bitPattern: value &>> 1) ^ -Int(bitPattern: value & 1) }

    @inlinable
    mutating func readRecord(from bytes: RawSpan) throws -> RecordSlot {
        if let slot = readPlainRecord(from: bytes) { return slot }
        let length = try reader.readVarint(from: bytes)
        let start = reader.position
        guard length >= 0, length <= Int64(bytes.byteCount - start) else {
            throw RecordError.malformed("record length \(length) at byte \(start)")
        }
        reader.position &+= 1  // attributes: no bit is defined
        let timestampDelta = try reader.readVarint(from: bytes)
        let offsetDelta = try reader.readVarint(from: bytes)
        guard offsetDelta >= 0, offsetDelta <= lastOffsetDelta else {
            throw RecordError.malformed("offset delta \(offsetDelta)")
        }
        let key = try readNullable(from: bytes)
        let value = try readNullable(from: bytes)
        let headerCount = try reader.readVarint(from: bytes)
        let end = start &+ Int(length)
        guard headerCount >= 0, headerCount <= length, reader.position <= end else {
            throw RecordError.malformed("record of \(length) bytes at byte \(start) is longer than it says")
        }
        let headersStart = reader.position
        reader.position = end
        return RecordSlot(
            offset: Offset(baseOffset &+ offsetDelta),
            timestamp: appendTime ?? Timestamp(baseTimestamp &+ timestampDelta),
            key: key, value: value, headerCount: Int(headerCount), headersStart: headersStart)
    }

    @inlinable
    mutating func readNullable(from bytes: RawSpan) throws -> Range<Int>? {
        let length = try reader.readVarint(from: bytes)
        if length < 0 { return nil }
        guard length <= Int64(Int32.max) else { throw RecordError.malformed("field length \(length)") }
        return try reader.readRange(Int(length), from: bytes)
    }
}

extension RecordSlot {
    /// Decodes the headers; the empty list where there are none.
    @inlinable
    public func headers(in bytes: RawSpan) throws(RecordError) -> Headers {
        headerCount == 0 ? .empty : try decodeHeaders(in: bytes)
    }

    @usableFromInline
    func decodeHeaders(in bytes: RawSpan) throws(RecordError) -> Headers {
        var reader = ByteReader(position: headersStart)
        var headers = Headers()
        do {
            for _ in 0..<headerCount {
                let nameLength = try reader.readVarint(from: bytes)
                let name = try reader.readRange(Int(nameLength), from: bytes)
                let valueLength = try reader.readVarint(from: bytes)
                let value: [UInt8]? =
                    valueLength < 0
                    ? nil : [UInt8](copying: bytes.extracting(try reader.readRange(Int(valueLength), from: bytes)))
                headers.append(Header(bytes.extracting(name).lossyUTF8, value))
            }
        } catch {
            throw .malformed("headers: \(error)")
        }
        return headers
    }
}
