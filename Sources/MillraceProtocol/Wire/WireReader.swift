public import MillraceCore

/// Reads the fields of a message out of a frame that came from a peer. It never traps on bad input, and never takes
/// more memory than the frame's limit for what the frame claims to hold. Pure; used by one thread.
public struct WireReader: WireTransfer {
    public let version: Int16
    public let isFlexible: Bool
    @usableFromInline let frame: SharedBuffer
    @usableFromInline var reader: ByteReader
    /// Where the message ends.
    @usableFromInline let end: Int
    /// Bytes of memory that arrays and long strings may still take.
    @usableFromInline var budget: Int

    /// - Parameters:
    ///   - range: where the message lies in `frame`.
    ///   - memoryLimit: most bytes that arrays and long strings may take.
    public init(
        _ frame: SharedBuffer, _ range: Range<Int>, version: Int16, isFlexible: Bool,
        memoryLimit: Int = 100 << 20
    ) {
        precondition(range.upperBound <= frame.count, "a message at \(range) in a frame of \(frame.count) bytes")
        self.frame = frame
        self.version = version
        self.isFlexible = isFlexible
        reader = ByteReader(position: range.lowerBound)
        end = range.upperBound
        budget = memoryLimit
    }

    /// Where the next field begins.
    public var position: Int { reader.position }
    /// Bytes that have not been read.
    public var remaining: Int { end - reader.position }

    /// Reads a whole structure, tagged fields included.
    public mutating func read<Value: WireStruct>(_ type: Value.Type = Value.self) throws(WireError) -> Value {
        var value = Value()
        try field("", &value)
        return value
    }

    // MARK: Lengths

    @usableFromInline
    mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ name: StaticString, _ type: Integer.Type = Integer.self
    ) throws(WireError) -> Integer {
        guard remaining >= MemoryLayout<Integer>.size else { throw .truncated(field: "\(name)") }
        let frame = frame
        do { return try reader.read(Integer.self, from: frame.bytes) } catch { throw .truncated(field: "\(name)") }
    }

    @usableFromInline
    mutating func unsignedVarint(_ name: StaticString) throws(WireError) -> UInt64 {
        let frame = frame
        do {
            let value = try reader.readUnsignedVarint(from: frame.bytes)
            guard reader.position <= end else { throw WireError.truncated(field: "\(name)") }
            guard value <= UInt64(UInt32.max) else { throw WireError.invalidVarint(field: "\(name)") }
            return value
        } catch let error as WireError {
            throw error
        } catch {
            throw .invalidVarint(field: "\(name)")
        }
    }

    /// A length or count; nil for null.
    @usableFromInline
    mutating func length(_ name: StaticString, isShort: Bool) throws(WireError) -> Int? {
        let length: Int64
        if isFlexible {
            length = Int64(try unsignedVarint(name)) - 1
        } else if isShort {
            length = Int64(try integer(name, Int16.self))
        } else {
            length = Int64(try integer(name, Int32.self))
        }
        if length == -1 { return nil }
        // Every element takes at least a byte.
        guard length >= 0, length <= Int64(remaining) else {
            throw .invalidLength(field: "\(name)", length: length)
        }
        return Int(length)
    }

    @usableFromInline
    mutating func range(_ name: StaticString, isShort: Bool) throws(WireError) -> Range<Int>? {
        guard let length = try length(name, isShort: isShort) else { return nil }
        return skip(length)
    }

    private mutating func skip(_ length: Int) -> Range<Int> {
        let start = reader.position
        reader.position += length
        return start..<reader.position
    }

    @usableFromInline
    mutating func text(_ name: StaticString) throws(WireError) -> String? {
        guard let range = try range(name, isShort: true) else { return nil }
        return try text(name, in: range)
    }

    private mutating func text(_ name: StaticString, in range: Range<Int>) throws(WireError) -> String {
        if range.count > Self.smallTextByteCount { try spend(name, range.count, stride: 1) }
        let frame = frame
        let bytes = frame.bytes.extracting(range)
        do {
            return String(copying: try UTF8Span(validating: Span<UInt8>(_bytes: bytes)))
        } catch {
            throw .invalidText(field: "\(name)")
        }
    }

    private mutating func count(_ name: StaticString, stride: Int) throws(WireError) -> Int? {
        guard let count = try length(name, isShort: false) else { return nil }
        try spend(name, count, stride: stride)
        return count
    }

    /// Takes the memory of an array from the budget, that of its header included.
    private mutating func spend(_ name: StaticString, _ count: Int, stride: Int) throws(WireError) {
        guard count > 0 else { return }
        guard count <= (budget - Self.arrayHeaderByteCount) / max(stride, 1) else {
            throw .tooManyElements(field: "\(name)")
        }
        budget -= count * stride + Self.arrayHeaderByteCount
    }

    private static var arrayHeaderByteCount: Int { 32 }
    /// Bytes of text that a `String` holds without memory of its own.
    private static var smallTextByteCount: Int { 15 }

    // MARK: Fields

    public mutating func field(_ name: StaticString, _ value: inout Bool) throws(WireError) {
        value = try integer(name, UInt8.self) != 0
    }

    public mutating func field(_ name: StaticString, _ value: inout Int8) throws(WireError) {
        value = try integer(name)
    }

    public mutating func field(_ name: StaticString, _ value: inout Int16) throws(WireError) {
        value = try integer(name)
    }

    public mutating func field(_ name: StaticString, _ value: inout UInt16) throws(WireError) {
        value = try integer(name)
    }

    public mutating func field(_ name: StaticString, _ value: inout Int32) throws(WireError) {
        value = try integer(name)
    }

    public mutating func field(_ name: StaticString, _ value: inout UInt32) throws(WireError) {
        value = try integer(name)
    }

    public mutating func field(_ name: StaticString, _ value: inout Int64) throws(WireError) {
        value = try integer(name)
    }

    public mutating func field(_ name: StaticString, _ value: inout Double) throws(WireError) {
        value = Double(bitPattern: try integer(name))
    }

    public mutating func field(_ name: StaticString, _ value: inout WireUUID) throws(WireError) {
        value = WireUUID(high: try integer(name), low: try integer(name))
    }

    public mutating func field(_ name: StaticString, _ value: inout String) throws(WireError) {
        guard let text = try text(name) else { throw .invalidLength(field: "\(name)", length: -1) }
        value = text
    }

    public mutating func field(
        _ name: StaticString, _ value: inout String?, nullableSince: Int16
    ) throws(WireError) {
        value = try text(name)
        guard value != nil || version >= nullableSince else { throw .invalidLength(field: "\(name)", length: -1) }
    }

    public mutating func field(_ name: StaticString, _ value: inout [UInt8]) throws(WireError) {
        guard let range = try range(name, isShort: false) else {
            throw .invalidLength(field: "\(name)", length: -1)
        }
        value = try copy(name, range)
    }

    public mutating func field(
        _ name: StaticString, _ value: inout [UInt8]?, nullableSince: Int16
    ) throws(WireError) {
        let range = try range(name, isShort: false)
        guard range != nil || version >= nullableSince else { throw .invalidLength(field: "\(name)", length: -1) }
        if let range { value = try copy(name, range) } else { value = nil }
    }

    private mutating func copy(_ name: StaticString, _ range: Range<Int>) throws(WireError) -> [UInt8] {
        try spend(name, range.count, stride: 1)
        return [UInt8](copying: frame.bytes.extracting(range))
    }

    public mutating func field(_ name: StaticString, _ value: inout WireRecords) throws(WireError) {
        value = try range(name, isShort: false).map { .inFrame($0) } ?? .null
    }

    public mutating func classicNullableString(_ name: StaticString, _ value: inout String?) throws(WireError) {
        let length = try integer(name, Int16.self)
        guard length >= -1, Int(length) <= remaining else {
            throw .invalidLength(field: "\(name)", length: Int64(length))
        }
        value = length < 0 ? nil : try text(name, in: skip(Int(length)))
    }

    public mutating func field<Value: WireStruct>(_ name: StaticString, _ value: inout Value) throws(WireError) {
        try value.transfer(&self)
        if isFlexible { try readTags(name, into: &value) }
    }

    public mutating func field<Value: WireStruct>(_ name: StaticString, _ value: inout Value?) throws(WireError) {
        guard try integer(name, Int8.self) >= 0 else {
            value = nil
            return
        }
        var present = Value()
        try field(name, &present)
        value = present
    }

    private mutating func readTags<Value: WireStruct>(
        _ name: StaticString, into value: inout Value
    ) throws(WireError) {
        let count = try unsignedVarint(name)
        guard count <= UInt64(remaining) else { throw .invalidLength(field: "\(name)", length: Int64(count)) }
        for _ in 0..<count {
            let tag = UInt32(try unsignedVarint(name))
            let size = try unsignedVarint(name)
            guard size <= UInt64(remaining) else { throw .invalidLength(field: "\(name)", length: Int64(size)) }
            let next = reader.position + Int(size)
            _ = try value.transferTag(tag, &self)
            guard reader.position <= next else { throw .truncated(field: "\(name)") }
            reader.position = next
        }
    }

    public mutating func array<Element: WireStruct>(
        _ name: StaticString, _ value: inout [Element]
    ) throws(WireError) {
        guard let elements: [Element] = try structures(name) else {
            throw .invalidLength(field: "\(name)", length: -1)
        }
        value = elements
    }

    public mutating func array<Element: WireStruct>(
        _ name: StaticString, _ value: inout [Element]?, nullableSince: Int16
    ) throws(WireError) {
        value = try structures(name)
        guard value != nil || version >= nullableSince else { throw .invalidLength(field: "\(name)", length: -1) }
    }

    private mutating func structures<Element: WireStruct>(_ name: StaticString) throws(WireError) -> [Element]? {
        guard let count = try count(name, stride: MemoryLayout<Element>.stride) else { return nil }
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for _ in 0..<count {
            var element = Element()
            try field(name, &element)
            elements.append(element)
        }
        return elements
    }

    public mutating func array<Element: WireScalar>(
        _ name: StaticString, _ value: inout [Element]
    ) throws(WireError) {
        guard let elements: [Element] = try scalars(name) else { throw .invalidLength(field: "\(name)", length: -1) }
        value = elements
    }

    public mutating func array<Element: WireScalar>(
        _ name: StaticString, _ value: inout [Element]?, nullableSince: Int16
    ) throws(WireError) {
        value = try scalars(name)
        guard value != nil || version >= nullableSince else { throw .invalidLength(field: "\(name)", length: -1) }
    }

    private mutating func scalars<Element: WireScalar>(_ name: StaticString) throws(WireError) -> [Element]? {
        guard let count = try count(name, stride: MemoryLayout<Element>.stride) else { return nil }
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for _ in 0..<count {
            var element = Element.blank
            try element.transfer(name, &self)
            elements.append(element)
        }
        return elements
    }
}
