internal import MillraceCore
internal import MillraceProtocol

/// What is fuzzed: a frame goes through header and body, and its record batches through their parsers, as a server or a
/// client would do it. What can be read is written and read again. Used by one thread.
public struct WireTarget {
    /// Frames that could be read, records included.
    public private(set) var accepted = 0
    /// Frames that were refused with a typed error.
    public private(set) var refused = 0
    /// What must not happen, in words: a message that cannot be written and read again.
    public private(set) var complaints: [String] = []
    /// Most memory that arrays and long texts of a message may take.
    private let memoryLimit: Int

    public init(memoryLimit: Int = 4 << 20) { self.memoryLimit = memoryLimit }

    /// Reads a frame of a request, whatever its header says; or of the response that `kind` is.
    public mutating func feed(_ kind: MessageKind, _ bytes: [UInt8]) {
        // As large as the frame and no larger, so that the sanitizer sees the first byte behind it.
        let buffer = SharedBuffer(capacity: max(bytes.count, 1))
        buffer.fill { $0.append(contentsOf: bytes) }
        do throws(WireError) {
            if kind.isRequest {
                try readRequest(buffer)
            } else {
                try readResponse(kind.request, version: kind.version, buffer)
            }
            accepted += 1
        } catch {
            refused += 1
        }
    }

    private mutating func readRequest(_ buffer: SharedBuffer) throws(WireError) {
        let (header, body) = try Frame.readRequestHeader(
            buffer, 0..<buffer.count, isFlexible: SupportedVersions.isFlexible)
        guard let row = SupportedVersions.row(header.apiKey) else { throw .unknownAPI(header.apiKey) }
        try readBody(row.request, buffer, body, version: header.apiVersion)
    }

    private mutating func readResponse<Request: WireRequest>(
        _ type: Request.Type, version: Int16, _ buffer: SharedBuffer
    ) throws(WireError) {
        let isFlexible = ResponseHeader.isFlexible(Request.Response.self, version: version)
        let (_, body) = try Frame.readResponseHeader(buffer, 0..<buffer.count, isFlexible: isFlexible)
        try readBody(Request.Response.self, buffer, body, version: version)
    }

    private mutating func readBody<Message: WireMessage>(
        _ type: Message.Type, _ buffer: SharedBuffer, _ range: Range<Int>, version: Int16
    ) throws(WireError) {
        let message = try Frame.readBody(type, buffer, range, version: version, memoryLimit: memoryLimit)
        switch message {
        case let request as ProduceRequest:
            for topic in request.topics { for partition in topic.partitions { read(partition.records, in: buffer) } }
        case let response as FetchResponse:
            for topic in response.topics { for partition in topic.partitions { read(partition.records, in: buffer) } }
        default:
            writeAndReadAgain(message, version: version)
        }
    }

    private func read(_ records: WireRecords, in buffer: SharedBuffer) {
        guard case .inFrame(let range) = records else { return }
        do { _ = try SampleRecords.read(buffer.bytes.extracting(range)) } catch {}
    }

    /// What was written again is compared by its bytes, since a quota that is not a number does not equal itself.
    private mutating func writeAndReadAgain<Message: WireMessage>(_ message: Message, version: Int16) {
        do throws(WireError) {
            let first = try written(message, version: version)
            let copy = SharedBuffer(capacity: max(first.count, 1))
            copy.fill { $0.append(contentsOf: first) }
            let again = try Frame.readBody(Message.self, copy, 0..<copy.count, version: version)
            if try written(again, version: version) != first {
                complaints.append("\(Message.self) \(version) changed: \(message)")
            }
        } catch {
            complaints.append("\(Message.self) \(version) was read but not written and read: \(error)")
        }
    }

    private func written<Message: WireMessage>(_ message: Message, version: Int16) throws(WireError) -> [UInt8] {
        var writer = WireWriter()
        try writer.write(message, version: version, isFlexible: Message.isFlexible(version))
        return writer.bytes.copyBytes()
    }
}
