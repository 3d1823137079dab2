public import MillraceCore

/// A record that has met no partner, of either stream.
@usableFromInline
struct UnmatchedRecord<Left, Right> {
    @usableFromInline
    enum Value {
        case left(Left)
        case right(Right)
    }

    @usableFromInline let value: Value
    @usableFromInline let headers: Headers

    @inlinable
    init(_ value: Value, headers: Headers) {
        self.value = value
        self.headers = headers
    }
}

/// The unmatched records under one `UnmatchedKey`, in the order in which they came; nearly always one, which costs no
/// array.
@usableFromInline
struct UnmatchedList<Left, Right> {
    @usableFromInline let first: UnmatchedRecord<Left, Right>
    @usableFromInline var others: [UnmatchedRecord<Left, Right>] = []

    @inlinable init(_ first: UnmatchedRecord<Left, Right>) { self.first = first }
}

extension UnmatchedList: Sequence {
    @inlinable
    func makeIterator() -> Iterator { Iterator(first: first, others: others.makeIterator()) }

    @usableFromInline
    struct Iterator: IteratorProtocol {
        @usableFromInline var first: UnmatchedRecord<Left, Right>?
        @usableFromInline var others: IndexingIterator<[UnmatchedRecord<Left, Right>]>

        @inlinable
        init(first: UnmatchedRecord<Left, Right>, others: IndexingIterator<[UnmatchedRecord<Left, Right>]>) {
            self.first = first
            self.others = others
        }

        @inlinable
        mutating func next() -> UnmatchedRecord<Left, Right>? { first.take() ?? others.next() }
    }
}

extension UnmatchedRecord: Sendable where Left: Sendable, Right: Sendable {}
extension UnmatchedRecord.Value: Sendable where Left: Sendable, Right: Sendable {}
extension UnmatchedList: Sendable where Left: Sendable, Right: Sendable {}

/// The bytes of a list of unmatched records. The headers stand with their record, so that its result can carry them
/// (SEMANTICS A11). Pure.
///
///     Int32 number of records, for each:
///       UInt8  side: 0 right, 1 left
///       Int32  length of the value, then the value
///       Int32  number of headers, for each: Int32 length of the name, the name, Int32 length of the value (-1: null),
///              the value
@usableFromInline
struct UnmatchedListSerde<Left, Right>: Serde {
    @usableFromInline let left: AnySerde<Left>
    @usableFromInline let right: AnySerde<Right>

    @inlinable
    init(left: AnySerde<Left>, right: AnySerde<Right>) {
        self.left = left
        self.right = right
    }

    @inlinable
    func serialize(_ list: UnmatchedList<Left, Right>, into writer: inout ByteWriter) throws {
        writer.append(Int32(list.others.count + 1))
        try serialize(list.first, into: &writer)
        for record in list.others { try serialize(record, into: &writer) }
    }

    @inlinable
    func serialize(_ record: UnmatchedRecord<Left, Right>, into writer: inout ByteWriter) throws {
        let side: JoinSide
        if case .left = record.value { side = .left } else { side = .right }
        writer.append(side.rawValue)
        let place = writer.count
        writer.append(Int32(0))
        switch record.value {
        case .left(let value): try left.serialize(value, into: &writer)
        case .right(let value): try right.serialize(value, into: &writer)
        }
        writer.overwrite(at: place, Int32(writer.count - place - 4))
        writer.appendHeaders(record.headers)
    }

    @inlinable
    func deserialize(_ bytes: RawSpan) throws -> UnmatchedList<Left, Right> {
        var reader = ByteReader()
        let count: Int32 = try reader.read(from: bytes)
        guard count > 0 else { throw SerdeError("a list of \(count) unmatched records") }
        var list = UnmatchedList(try record(&reader, bytes))
        for _ in 1..<count { list.others.append(try record(&reader, bytes)) }
        return list
    }

    @inlinable
    func record(_ reader: inout ByteReader, _ bytes: RawSpan) throws -> UnmatchedRecord<Left, Right> {
        let side: UInt8 = try reader.read(from: bytes)
        let length: Int32 = try reader.read(from: bytes)
        let range = try reader.readRange(Int(length), from: bytes)
        let value: UnmatchedRecord<Left, Right>.Value
        switch JoinSide(rawValue: side) {
        case .left: value = .left(try left.deserialize(bytes.extracting(range)))
        case .right: value = .right(try right.deserialize(bytes.extracting(range)))
        case nil: throw SerdeError("a join has no side \(side)")
        }
        return UnmatchedRecord(value, headers: try reader.readHeaders(from: bytes))
    }
}

extension ByteWriter {
    /// Headers as `UnmatchedListSerde` draws them.
    @usableFromInline
    mutating func appendHeaders(_ headers: Headers) {
        append(Int32(headers.count))
        for header in headers {
            append(Int32(header.name.utf8.count))
            append(utf8: header.name)
            guard let value = header.value else {
                append(Int32(-1))
                continue
            }
            append(Int32(value.count))
            append(contentsOf: value)
        }
    }
}

extension ByteReader {
    @usableFromInline
    mutating func readHeaders(from bytes: RawSpan) throws -> Headers {
        let count: Int32 = try read(from: bytes)
        if count == 0 { return .empty }
        var headers = Headers()
        for _ in 0..<max(0, count) {
            let nameLength: Int32 = try read(from: bytes)
            let name = bytes.extracting(try readRange(Int(nameLength), from: bytes)).lossyUTF8
            let length: Int32 = try read(from: bytes)
            let value = length < 0 ? nil : [UInt8](copying: bytes.extracting(try readRange(Int(length), from: bytes)))
            headers.append(Header(name, value))
        }
        return headers
    }
}
