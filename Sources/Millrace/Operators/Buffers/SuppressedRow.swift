/// What a suppressed table holds back of one row. Its timestamp, that of the latest update, is the store's.
@usableFromInline
struct SuppressedRow<Value> {
    /// Its place in the buffer, given by the first update and kept.
    @usableFromInline var orderTime: Int64
    /// The row as it is now; nil where it is gone.
    @usableFromInline var new: Value?
    /// The row before its latest update. Kept for Kafka Streams' semantics only.
    @usableFromInline var old: Value?
    /// The row as it was told last: what those downstream know.
    @usableFromInline var told: Value?
    /// Of the latest update (SEMANTICS A11).
    @usableFromInline var headers: Headers
    /// How many bytes the serialised row takes, where that is measured.
    @usableFromInline var byteCount = 0

    @inlinable
    init(orderTime: Int64, new: Value?, old: Value?, told: Value?, headers: Headers) {
        self.orderTime = orderTime
        self.new = new
        self.old = old
        self.told = told
        self.headers = headers
    }
}

extension SuppressedRow: Sendable where Value: Sendable {}

/// The form of a `SuppressedRow` in its store and changelog, all numbers big-endian:
///
///     version          UInt8   1
///     which are there  UInt8   1: new, 2: old, 4: told, 8: headers
///     order time       Int64
///     each value       UInt32 length, the bytes
///     headers          `HeadersForm`
///
/// Pure.
@usableFromInline
struct SuppressedRowSerde<Value>: Serde {
    @usableFromInline let inner: AnySerde<Value>

    @usableFromInline
    init(_ inner: AnySerde<Value>) { self.inner = inner }

    @inlinable
    func serialize(_ row: SuppressedRow<Value>, into writer: inout ByteWriter) throws {
        writer.append(UInt8(1))
        var parts: UInt8 = 0
        if row.new != nil { parts |= 1 }
        if row.old != nil { parts |= 2 }
        if row.told != nil { parts |= 4 }
        if !row.headers.isEmpty { parts |= 8 }
        writer.append(parts)
        writer.append(row.orderTime)
        try append(row.new, to: &writer)
        try append(row.old, to: &writer)
        try append(row.told, to: &writer)
        if !row.headers.isEmpty { HeadersForm.append(row.headers, to: &writer) }
    }

    @inlinable
    func append(_ value: Value?, to writer: inout ByteWriter) throws {
        guard let value else { return }
        let start = writer.count
        writer.append(UInt32(0))
        try inner.serialize(value, into: &writer)
        writer.overwrite(at: start, UInt32(writer.count - start - 4))
    }

    @inlinable
    func deserialize(_ bytes: RawSpan) throws -> SuppressedRow<Value> {
        var reader = ByteReader()
        let version = try reader.read(UInt8.self, from: bytes)
        guard version == 1 else { throw SerdeError("a suppressed row of the unknown version \(version)") }
        let parts = try reader.read(UInt8.self, from: bytes)
        let orderTime = try reader.read(Int64.self, from: bytes)
        let new = parts & 1 == 0 ? nil : try readValue(from: bytes, &reader)
        let old = parts & 2 == 0 ? nil : try readValue(from: bytes, &reader)
        let told = parts & 4 == 0 ? nil : try readValue(from: bytes, &reader)
        let headers = parts & 8 == 0 ? .empty : try HeadersForm.read(from: bytes, &reader)
        var row = SuppressedRow(orderTime: orderTime, new: new, old: old, told: told, headers: headers)
        row.byteCount = bytes.byteCount
        return row
    }

    @inlinable
    func readValue(from bytes: RawSpan, _ reader: inout ByteReader) throws -> Value {
        let length = Int(try reader.read(UInt32.self, from: bytes))
        return try inner.deserialize(bytes.extracting(try reader.readRange(length, from: bytes)))
    }
}
