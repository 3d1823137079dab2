import MillraceCore
import MillraceProtocol

/// Reads bodies and writes them again.
enum Rewriting {
    static func buffer(_ bytes: [UInt8]) -> SharedBuffer {
        let buffer = SharedBuffer(capacity: max(bytes.count, 1))
        buffer.fill { $0.append(contentsOf: bytes) }
        return buffer
    }

    static func read<Message: WireMessage>(
        _ type: Message.Type = Message.self, version: Int16, _ bytes: [UInt8], memoryLimit: Int = 100 << 20
    ) throws(WireError) -> Message {
        let buffer = buffer(bytes)
        return try Frame.readBody(type, buffer, 0..<buffer.count, version: version, memoryLimit: memoryLimit)
    }

    static func written<Message: WireMessage>(_ message: Message, version: Int16) throws(WireError) -> [UInt8] {
        var writer = WireWriter()
        try writer.write(message, version: version, isFlexible: Message.isFlexible(version))
        return writer.bytes.copyBytes()
    }

    /// Read, and written again; records are copied out of the frame.
    static func rewritten<Message: WireMessage>(
        _ type: Message.Type, version: Int16, _ bytes: [UInt8]
    ) throws(WireError) -> [UInt8] {
        try written(resolved(read(type, version: version, bytes), bytes), version: version)
    }

    /// The message with its own copies of the records.
    static func resolved<Message: WireMessage>(_ message: Message, _ bytes: [UInt8]) -> Message {
        if var request = message as? ProduceRequest {
            for topic in request.topics.indices {
                for index in request.topics[topic].partitions.indices {
                    resolve(&request.topics[topic].partitions[index].records, bytes)
                }
            }
            return request as? Message ?? message
        }
        if var response = message as? FetchResponse {
            for topic in response.topics.indices {
                for index in response.topics[topic].partitions.indices {
                    resolve(&response.topics[topic].partitions[index].records, bytes)
                }
            }
            return response as? Message ?? message
        }
        return message
    }

    private static func resolve(_ records: inout WireRecords, _ bytes: [UInt8]) {
        if case .inFrame(let range) = records { records = .bytes(Array(bytes[range])) }
    }
}
