public import MillraceCore

/// Frames: `i32 length · header · body`. Pure. What is specialized here is the hot path of a server: other rooms see
/// only the generic functions, which call each field through a table.
public enum Frame {
    /// Bytes of the length that stands before every frame.
    public static let lengthByteCount = 4

    /// Appends a whole request, its length included.
    public static func append<Request: WireRequest>(
        _ request: Request, version: Int16, correlationID: Int32, clientID: String?, to writer: inout WireWriter
    ) throws(WireError) {
        guard Request.versions.contains(version) else {
            throw .unsupportedVersion(api: Request.api.rawValue, version: version)
        }
        let start = writer.bytes.count
        let before = writer.byteCount
        writer.bytes.append(Int32(0))
        let isFlexible = Request.isFlexible(version)
        let header = RequestHeader(
            Request.self, version: version, correlationID: correlationID, clientID: clientID)
        try writer.write(header, version: version, isFlexible: isFlexible)
        try writer.write(request, version: version, isFlexible: isFlexible)
        close(&writer, start: start, byteCountBefore: before)
    }

    /// Appends a whole response, its length included.
    @_specialize(where Response == ProduceResponse)
    @_specialize(where Response == FetchResponse)
    public static func append<Response: WireResponse>(
        _ response: Response, version: Int16, correlationID: Int32, to writer: inout WireWriter
    ) throws(WireError) {
        let start = writer.bytes.count
        let before = writer.byteCount
        writer.bytes.append(Int32(0))
        try writer.write(
            ResponseHeader(correlationID: correlationID), version: version,
            isFlexible: ResponseHeader.isFlexible(Response.self, version: version))
        try writer.write(response, version: version, isFlexible: Response.isFlexible(version))
        close(&writer, start: start, byteCountBefore: before)
    }

    private static func close(_ writer: inout WireWriter, start: Int, byteCountBefore: Int) {
        writer.bytes.overwrite(at: start, Int32(writer.byteCount - byteCountBefore - lengthByteCount))
    }

    /// Reads the header of a request. Of an API that we do not speak, or a version that we do not know, only the
    /// fields that all versions have are sure, so tags are left alone; `position` of the result says where the header
    /// ends otherwise.
    ///
    /// - Parameter isFlexible: of the body, by api key and version.
    public static func readRequestHeader(
        _ frame: SharedBuffer, _ range: Range<Int>, isFlexible: (Int16, Int16) -> Bool
    ) throws(WireError) -> (header: RequestHeader, body: Range<Int>) {
        var reader = WireReader(frame, range, version: 1, isFlexible: false)
        let header: RequestHeader = try reader.read()
        guard isFlexible(header.apiKey, header.apiVersion) else { return (header, reader.position..<range.upperBound) }
        reader = WireReader(frame, reader.position..<range.upperBound, version: 2, isFlexible: true)
        let _: NoFields = try reader.read()
        return (header, reader.position..<range.upperBound)
    }

    /// Reads the header of a response to a request that was sent.
    ///
    /// - Parameter isFlexible: `ResponseHeader.isFlexible` of the response that is awaited.
    public static func readResponseHeader(
        _ frame: SharedBuffer, _ range: Range<Int>, isFlexible: Bool
    ) throws(WireError) -> (header: ResponseHeader, body: Range<Int>) {
        var reader = WireReader(frame, range, version: isFlexible ? 1 : 0, isFlexible: isFlexible)
        let header: ResponseHeader = try reader.read()
        return (header, reader.position..<range.upperBound)
    }

    /// Reads the body of a message that fills `range`.
    ///
    /// - Parameter mayBeLonger: leaves bytes behind the message alone, as Kafka's broker does: librdkafka writes three
    ///   too many when it asks for the metadata of all topics (Metadata v9 and newer).
    /// - Throws: `.trailingBytes` where the frame goes on behind it.
    @_specialize(where Message == ProduceRequest)
    @_specialize(where Message == FetchRequest)
    public static func readBody<Message: WireMessage>(
        _ type: Message.Type = Message.self, _ frame: SharedBuffer, _ range: Range<Int>, version: Int16,
        memoryLimit: Int = 100 << 20, mayBeLonger: Bool = false
    ) throws(WireError) -> Message {
        guard Message.versions.contains(version) else {
            throw .unsupportedVersion(api: Message.api.rawValue, version: version)
        }
        var reader = WireReader(
            frame, range, version: version, isFlexible: Message.isFlexible(version), memoryLimit: memoryLimit)
        let message: Message = try reader.read()
        guard mayBeLonger || reader.remaining == 0 else { throw .trailingBytes(count: reader.remaining) }
        return message
    }
}

/// Only tagged fields.
struct NoFields: WireStruct {
    mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {}
}
