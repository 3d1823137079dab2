/// An update of a right row that not all rows referring to it have been told of yet (SEMANTICS G9): how far it has come
/// among the subscriptions of its foreign key. Kept in a store of its own, so that it goes on after a restart, in the
/// same transactions as the answers. Pure.
///
/// A newer update does not begin anew, or a row that is updated often would never reach the last of those that refer to
/// it: it goes on from where the older one is, to the end, and then from the start to where it began.
@usableFromInline
struct FanOut<Value: Sendable>: Sendable {
    /// The right row's value; nil where it was deleted. The time of the update is that of the store's entry.
    @usableFromInline var value: Value?
    @usableFromInline var headers: Headers
    /// Bytes of the key of the next subscription.
    @usableFromInline var position: [UInt8]
    /// Where this pass ends, exclusive; nil at the last subscription.
    @usableFromInline var end: [UInt8]?
    /// Where a second pass from the first subscription on is to end; nil where there is none to be.
    @usableFromInline var secondEnd: [UInt8]?

    @inlinable
    init(_ value: Value?, _ headers: Headers, from position: [UInt8], to end: [UInt8]? = nil, then: [UInt8]? = nil) {
        self.value = value
        self.headers = headers
        self.position = position
        self.end = end
        secondEnd = then
    }

    /// The same for a newer update that came meanwhile.
    @inlinable
    func replaced(by value: Value?, _ headers: Headers) -> FanOut {
        FanOut(value, headers, from: position, then: position)
    }
}

/// The form of a fan-out in its store; it is read by the same program only:
///
///     flags: bit 0 value, 1 end, 2 second end      1 byte
///     position, and the ends that there are        4 bytes of length each, then the bytes
///     number of headers                            4
///     per header: name, and value or not           4 of length each (-1: no value), then the bytes
///     value, if there is one                       what is left
///
/// Pure.
@usableFromInline
struct FanOutSerde<Value: Sendable>: Serde {
    @usableFromInline let value: AnySerde<Value>

    @inlinable init(_ value: AnySerde<Value>) { self.value = value }

    @inlinable
    func serialize(_ fanOut: FanOut<Value>, into writer: inout ByteWriter) throws {
        writer.append(
            UInt8((fanOut.value == nil ? 0 : 1) | (fanOut.end == nil ? 0 : 2) | (fanOut.secondEnd == nil ? 0 : 4)))
        for part in [fanOut.position, fanOut.end, fanOut.secondEnd].compactMap({ $0 }) { writer.append(counted: part) }
        writer.append(Int32(fanOut.headers.count))
        for header in fanOut.headers {
            writer.append(counted: Array(header.name.utf8))
            writer.append(counted: header.value)
        }
        if let present = fanOut.value { try value.serialize(present, into: &writer) }
    }

    @inlinable
    func deserialize(_ bytes: RawSpan) throws -> FanOut<Value> {
        var reader = ByteReader()
        let flags = try reader.read(UInt8.self, from: bytes)
        func part() throws -> [UInt8]? {
            let count = Int(try reader.read(Int32.self, from: bytes))
            if count < 0 { return nil }
            return [UInt8](copying: bytes.extracting(try reader.readRange(count, from: bytes)))
        }
        let position = try part() ?? []
        let end = flags & 2 == 0 ? nil : try part()
        let secondEnd = flags & 4 == 0 ? nil : try part()
        var headers = Headers.empty
        for _ in 0..<(try reader.read(Int32.self, from: bytes)) {
            let name = String(decoding: try part() ?? [], as: UTF8.self)
            headers.append(Header(name, try part()))
        }
        let rest = bytes.extracting(reader.position..<bytes.byteCount)
        return FanOut(
            flags & 1 == 0 ? nil : try value.deserialize(rest), headers, from: position, to: end, then: secondEnd)
    }
}

extension ByteWriter {
    @inlinable
    mutating func append(counted bytes: [UInt8]?) {
        append(Int32(bytes?.count ?? -1))
        if let bytes { append(contentsOf: bytes) }
    }
}
