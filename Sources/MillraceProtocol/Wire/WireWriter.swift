public import MillraceCore

/// Writes the fields of a message. Pure; used by one thread, and meant to be recycled.
public struct WireWriter: WireTransfer, ~Copyable {
    /// Bytes that come from elsewhere, after the first `position` bytes of the writer.
    public struct Gap: Hashable, Sendable {
        public var position: Int
        public var byteCount: Int

        public init(position: Int, byteCount: Int) {
            self.position = position
            self.byteCount = byteCount
        }
    }

    public private(set) var version: Int16 = 0
    public private(set) var isFlexible = false
    /// What has been written.
    public var bytes: ByteWriter
    /// Where bytes belong that come from elsewhere, ascending.
    public private(set) var gaps: [Gap] = []

    public init(capacity: Int = 1024) { bytes = ByteWriter(capacity: capacity) }

    /// Bytes written, and those of the gaps.
    public var byteCount: Int { gaps.reduce(bytes.count) { $0 + $1.byteCount } }

    /// Forgets the contents, keeps the memory.
    public mutating func removeAll() {
        bytes.removeAll()
        gaps.removeAll(keepingCapacity: true)
    }

    /// Writes a whole structure, tagged fields included.
    public mutating func write<Value: WireStruct>(
        _ value: Value, version: Int16, isFlexible: Bool
    ) throws(WireError) {
        self.version = version
        self.isFlexible = isFlexible
        var value = value
        try field("", &value)
    }

    // MARK: Lengths

    private mutating func unsignedVarint(_ value: UInt64) { bytes.append(unsignedVarint: value) }

    private mutating func length(_ name: StaticString, _ length: Int?, isShort: Bool) throws(WireError) {
        if isFlexible {
            unsignedVarint(UInt64((length ?? -1) + 1))
        } else if isShort {
            guard let short = Int16(exactly: length ?? -1) else {
                throw .invalidLength(field: "\(name)", length: Int64(length ?? -1))
            }
            bytes.append(short)
        } else {
            guard let long = Int32(exactly: length ?? -1) else {
                throw .invalidLength(field: "\(name)", length: Int64(length ?? -1))
            }
            bytes.append(long)
        }
    }

    private func requireNullable(_ name: StaticString, _ nullableSince: Int16) throws(WireError) {
        guard version >= nullableSince else { throw .invalidLength(field: "\(name)", length: -1) }
    }

    // MARK: Fields

    public mutating func field(_ name: StaticString, _ value: inout Bool) throws(WireError) {
        bytes.append(UInt8(value ? 1 : 0))
    }

    public mutating func field(_ name: StaticString, _ value: inout Int8) throws(WireError) { bytes.append(value) }
    public mutating func field(_ name: StaticString, _ value: inout Int16) throws(WireError) { bytes.append(value) }
    public mutating func field(_ name: StaticString, _ value: inout UInt16) throws(WireError) { bytes.append(value) }
    public mutating func field(_ name: StaticString, _ value: inout Int32) throws(WireError) { bytes.append(value) }
    public mutating func field(_ name: StaticString, _ value: inout UInt32) throws(WireError) { bytes.append(value) }
    public mutating func field(_ name: StaticString, _ value: inout Int64) throws(WireError) { bytes.append(value) }

    public mutating func field(_ name: StaticString, _ value: inout Double) throws(WireError) {
        bytes.append(value.bitPattern)
    }

    public mutating func field(_ name: StaticString, _ value: inout WireUUID) throws(WireError) {
        bytes.append(value.high)
        bytes.append(value.low)
    }

    public mutating func field(_ name: StaticString, _ value: inout String) throws(WireError) {
        try length(name, value.utf8.count, isShort: true)
        bytes.append(utf8: value)
    }

    public mutating func field(
        _ name: StaticString, _ value: inout String?, nullableSince: Int16
    ) throws(WireError) {
        guard var text = value else {
            try requireNullable(name, nullableSince)
            return try length(name, nil, isShort: true)
        }
        try field(name, &text)
    }

    public mutating func field(_ name: StaticString, _ value: inout [UInt8]) throws(WireError) {
        try length(name, value.count, isShort: false)
        bytes.append(contentsOf: value)
    }

    public mutating func field(
        _ name: StaticString, _ value: inout [UInt8]?, nullableSince: Int16
    ) throws(WireError) {
        guard var present = value else {
            try requireNullable(name, nullableSince)
            return try length(name, nil, isShort: false)
        }
        try field(name, &present)
    }

    public mutating func field(_ name: StaticString, _ value: inout WireRecords) throws(WireError) {
        switch value {
        case .null:
            try length(name, nil, isShort: false)
        case .bytes(let array):
            try length(name, array.count, isShort: false)
            bytes.append(contentsOf: array)
        case .elsewhere(let count):
            try length(name, count, isShort: false)
            if count > 0 { gaps.append(Gap(position: bytes.count, byteCount: count)) }
        case .inFrame:
            preconditionFailure("\(name): records in another frame cannot be written; pass their bytes")
        }
    }

    public mutating func classicNullableString(_ name: StaticString, _ value: inout String?) throws(WireError) {
        guard let length = Int16(exactly: value?.utf8.count ?? -1) else {
            throw .invalidLength(field: "\(name)", length: Int64(value?.utf8.count ?? -1))
        }
        bytes.append(length)
        if let value { bytes.append(utf8: value) }
    }

    public mutating func field<Value: WireStruct>(_ name: StaticString, _ value: inout Value) throws(WireError) {
        try value.transfer(&self)
        if isFlexible { try writeTags(of: &value) }
    }

    public mutating func field<Value: WireStruct>(_ name: StaticString, _ value: inout Value?) throws(WireError) {
        guard var present = value else {
            bytes.append(Int8(-1))
            return
        }
        bytes.append(Int8(1))
        try field(name, &present)
    }

    /// Each tagged field goes behind its size, which is known once it is written.
    private mutating func writeTags<Value: WireStruct>(of value: inout Value) throws(WireError) {
        let tags = value.tagsToWrite(version: version)
        unsignedVarint(UInt64(tags.count))
        for tag in tags {
            var inner = WireWriter(capacity: 64)
            inner.version = version
            inner.isFlexible = true
            let isKnown = try value.transferTag(tag, &inner)
            precondition(isKnown && inner.gaps.isEmpty, "tag \(tag) of \(Value.self) is not to be written so")
            unsignedVarint(UInt64(tag))
            unsignedVarint(UInt64(inner.bytes.count))
            bytes.append(inner.bytes.bytes)
        }
    }

    public mutating func array<Element: WireStruct>(
        _ name: StaticString, _ value: inout [Element]
    ) throws(WireError) {
        try length(name, value.count, isShort: false)
        // Copies of the elements: written in place, the array would be copied as a whole.
        for element in value {
            var element = element
            try field(name, &element)
        }
    }

    public mutating func array<Element: WireStruct>(
        _ name: StaticString, _ value: inout [Element]?, nullableSince: Int16
    ) throws(WireError) {
        guard var present = value else {
            try requireNullable(name, nullableSince)
            return try length(name, nil, isShort: false)
        }
        try array(name, &present)
    }

    public mutating func array<Element: WireScalar>(
        _ name: StaticString, _ value: inout [Element]
    ) throws(WireError) {
        try length(name, value.count, isShort: false)
        for element in value {
            var element = element
            try element.transfer(name, &self)
        }
    }

    public mutating func array<Element: WireScalar>(
        _ name: StaticString, _ value: inout [Element]?, nullableSince: Int16
    ) throws(WireError) {
        guard var present = value else {
            try requireNullable(name, nullableSince)
            return try length(name, nil, isShort: false)
        }
        try array(name, &present)
    }
}
