/// 16 bytes that name a topic, a broker's directory, a member. Zero means none.
public struct WireUUID: Hashable, Sendable {
    /// The first eight bytes, big-endian.
    public var high: UInt64
    /// The last eight bytes, big-endian.
    public var low: UInt64

    /// No UUID.
    public static let zero = WireUUID(high: 0, low: 0)

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// The record batches of one partition. They are never copied into a message: a request that is read says where in its
/// frame they lie; a response that is written leaves a gap which the server fills, from a file if it can.
public enum WireRecords: Hashable, Sendable {
    /// Null on the wire. Kafka's clients break at it in a Fetch response: answer with `.bytes([])` there.
    case null
    /// Where they lie in the frame they were read from.
    case inFrame(Range<Int>)
    /// Bytes to be written as they are.
    case bytes([UInt8])
    /// So many bytes come from elsewhere; `WireWriter.gaps` says where they belong.
    case elsewhere(byteCount: Int)
}

/// What is wrong with the bytes of a message, or with a message that is to be written.
public enum WireError: Error, Hashable, Sendable {
    /// The frame ends inside the field.
    case truncated(field: String)
    /// A length or count is negative, too large for the frame, or null where null is not allowed.
    case invalidLength(field: String, length: Int64)
    /// The text is not UTF-8.
    case invalidText(field: String)
    /// A varint does not end.
    case invalidVarint(field: String)
    /// The elements of arrays would take more memory than the frame may cost.
    case tooManyElements(field: String)
    /// The message ends before the frame does.
    case trailingBytes(count: Int)
    /// The version is not among those that the message has.
    case unsupportedVersion(api: Int16, version: Int16)
    /// There is no such API here.
    case unknownAPI(Int16)
}
