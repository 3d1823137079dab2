import MillraceCore

/// Kafka's strings, byte strings and arrays, classic and compact, as the records of `__consumer_offsets` and the
/// consumer protocol use them. Pure; every length is checked against what is there before anything is allocated.
struct GroupByteReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func integer<Integer: FixedWidthInteger>() throws(GroupLogError) -> Integer {
        let taken = try take(Integer.bitWidth / 8)
        var value: Integer = 0
        for byte in taken { value = value << 8 | Integer(truncatingIfNeeded: byte) }
        return value
    }

    mutating func string() throws(GroupLogError) -> String {
        guard let text = try nullableString() else { throw .malformed(position: position) }
        return text
    }

    mutating func nullableString() throws(GroupLogError) -> String? {
        let length: Int16 = try integer()
        return try length == -1 ? nil : text(Int(length))
    }

    mutating func nullableBytes() throws(GroupLogError) -> [UInt8]? {
        let length: Int32 = try integer()
        return try length == -1 ? nil : Array(take(Int(length)))
    }

    mutating func array<Element>(
        _ element: (inout GroupByteReader) throws(GroupLogError) -> Element
    ) throws(GroupLogError) -> [Element] {
        let count: Int32 = try integer()
        return try elements(count == -1 ? 0 : Int(count), element)
    }

    // MARK: Compact forms (KIP-482)

    mutating func compactNullableString() throws(GroupLogError) -> String? {
        let length = try unsignedVarint()
        return try length == 0 ? nil : text(length - 1)
    }

    mutating func compactString() throws(GroupLogError) -> String {
        guard let text = try compactNullableString() else { throw .malformed(position: position) }
        return text
    }

    mutating func compactBytes() throws(GroupLogError) -> [UInt8] {
        let length = try unsignedVarint()
        return try length == 0 ? [] : Array(take(length - 1))
    }

    mutating func compactArray<Element>(
        _ element: (inout GroupByteReader) throws(GroupLogError) -> Element
    ) throws(GroupLogError) -> [Element] {
        let length = try unsignedVarint()
        return try elements(length == 0 ? 0 : length - 1, element)
    }

    mutating func topicID() throws(GroupLogError) -> TopicID {
        TopicID(high: try integer(), low: try integer())
    }

    /// Calls `field` with the number of each tagged field and a reader of its bytes alone.
    mutating func taggedFields(
        _ field: (Int, inout GroupByteReader) throws(GroupLogError) -> Void
    ) throws(GroupLogError) {
        for _ in 0..<(try unsignedVarint()) {
            let tag = try unsignedVarint()
            let size = try unsignedVarint()
            var inner = GroupByteReader(Array(try take(size)))
            try field(tag, &inner)
        }
    }

    /// Tagged fields that nothing here needs.
    mutating func skipTaggedFields() throws(GroupLogError) {
        for _ in 0..<(try unsignedVarint()) {
            _ = try unsignedVarint()
            let size = try unsignedVarint()
            _ = try take(size)
        }
    }

    private mutating func unsignedVarint() throws(GroupLogError) -> Int {
        var value = 0
        for shift in stride(from: 0, to: 35, by: 7) {
            let byte: UInt8 = try integer()
            value |= Int(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw .malformed(position: position)
    }

    private mutating func elements<Element>(
        _ count: Int, _ element: (inout GroupByteReader) throws(GroupLogError) -> Element
    ) throws(GroupLogError) -> [Element] {
        // Every element takes a byte or more.
        guard count >= 0, count <= bytes.count - position else { throw .malformed(position: position) }
        var result: [Element] = []
        for _ in 0..<count { result.append(try element(&self)) }
        return result
    }

    private mutating func text(_ length: Int) throws(GroupLogError) -> String {
        String(decoding: try take(length), as: UTF8.self)
    }

    private mutating func take(_ count: Int) throws(GroupLogError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - position else { throw .malformed(position: position) }
        position += count
        return bytes[(position - count)..<position]
    }
}

/// The other direction.
struct GroupByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func integer<Integer: FixedWidthInteger>(_ value: Integer) {
        for shift in stride(from: Integer.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func string(_ text: String) {
        precondition(text.utf8.count <= Int(Int16.max), "a string of \(text.utf8.count) bytes is too long")
        integer(Int16(text.utf8.count))
        bytes += text.utf8
    }

    mutating func nullableString(_ text: String?) {
        guard let text else { return integer(Int16(-1)) }
        string(text)
    }

    mutating func nullableBytes(_ contents: [UInt8]?) {
        guard let contents else { return integer(Int32(-1)) }
        integer(Int32(contents.count))
        bytes += contents
    }

    mutating func array<Element>(_ elements: [Element], _ element: (inout GroupByteWriter, Element) -> Void) {
        integer(Int32(elements.count))
        for each in elements { element(&self, each) }
    }

    // MARK: Compact forms (KIP-482)

    mutating func unsignedVarint(_ value: Int) {
        var rest = UInt32(value)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func compactString(_ text: String) {
        unsignedVarint(text.utf8.count + 1)
        bytes += text.utf8
    }

    mutating func compactNullableString(_ text: String?) {
        guard let text else { return unsignedVarint(0) }
        compactString(text)
    }

    mutating func compactArray<Element>(_ elements: [Element], _ element: (inout GroupByteWriter, Element) -> Void) {
        unsignedVarint(elements.count + 1)
        for each in elements { element(&self, each) }
    }

    mutating func topicID(_ id: TopicID) {
        integer(id.high)
        integer(id.low)
    }

    /// Tagged fields, in the order of their numbers; none by default.
    mutating func taggedFields(_ fields: [(tag: Int, bytes: [UInt8])] = []) {
        unsignedVarint(fields.count)
        for field in fields {
            unsignedVarint(field.tag)
            unsignedVarint(field.bytes.count)
            bytes += field.bytes
        }
    }
}
