/// Headers in the rows of a buffer, numbers big-endian:
///
///     count     UInt32
///     each      UInt32 length and UTF-8 bytes of the name, Int32 length (-1: null) and bytes of the value
///
/// Pure.
@usableFromInline
enum HeadersForm {
    @usableFromInline
    static func append(_ headers: Headers, to writer: inout ByteWriter) {
        writer.append(UInt32(headers.count))
        for header in headers {
            let name = Array(header.name.utf8)
            writer.append(UInt32(name.count))
            writer.append(contentsOf: name)
            writer.append(Int32(header.value?.count ?? -1))
            if let value = header.value { writer.append(contentsOf: value) }
        }
    }

    @usableFromInline
    static func read(from bytes: RawSpan, _ reader: inout ByteReader) throws -> Headers {
        var headers = Headers()
        for _ in 0..<(try reader.read(UInt32.self, from: bytes)) {
            let nameLength = Int(try reader.read(UInt32.self, from: bytes))
            let name = bytes.extracting(try reader.readRange(nameLength, from: bytes)).lossyUTF8
            let valueLength = Int(try reader.read(Int32.self, from: bytes))
            guard valueLength >= 0 else {
                headers.append(Header(name, nil as [UInt8]?))
                continue
            }
            let value = bytes.extracting(try reader.readRange(valueLength, from: bytes))
            headers.append(Header(name, [UInt8](copying: value)))
        }
        return headers
    }
}
