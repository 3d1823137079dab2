/// A table's change on its way through a repartition topic: the values, then a byte that says which there are; with
/// both, the new value's length stands in front of it. The layout of Kafka Streams' `ChangedSerializer` (KIP-904):
///
///     old                            0
///     new                            1
///     length of new: UInt32, new, old  2
///
/// Pure.
@usableFromInline
struct ChangeSerde<Value>: Serde {
    @usableFromInline let inner: AnySerde<Value>

    @usableFromInline init(_ inner: AnySerde<Value>) { self.inner = inner }

    @inlinable
    func serialize(_ change: Change<Value>, into writer: inout ByteWriter) throws {
        switch (change.new, change.old) {
        case (let new?, let old?):
            let start = writer.count
            writer.append(UInt32(0))
            try inner.serialize(new, into: &writer)
            writer.overwrite(at: start, UInt32(writer.count - start - 4))
            try inner.serialize(old, into: &writer)
            writer.append(UInt8(2))
        case (let new?, nil):
            try inner.serialize(new, into: &writer)
            writer.append(UInt8(1))
        case (nil, let old?):
            try inner.serialize(old, into: &writer)
            writer.append(UInt8(0))
        case (nil, nil):
            throw SerdeError("a change without an old and a new value has no form")
        }
    }

    @inlinable
    func deserialize(_ bytes: RawSpan) throws -> Change<Value> {
        let end = bytes.byteCount - 1
        guard end >= 0 else { throw SerdeError("no bytes where a change is expected") }
        let flag = bytes.unsafeLoad(fromByteOffset: end, as: UInt8.self)
        switch flag {
        case 0: return Change(new: nil, old: try inner.deserialize(bytes.extracting(0..<end)))
        case 1: return Change(new: try inner.deserialize(bytes.extracting(0..<end)), old: nil)
        case 2:
            var reader = ByteReader()
            let length = Int(try reader.read(UInt32.self, from: bytes))
            guard length <= end - 4 else { throw SerdeError("a value of \(length) bytes in a change of \(end)") }
            return Change(
                new: try inner.deserialize(bytes.extracting(4..<(4 + length))),
                old: try inner.deserialize(bytes.extracting((4 + length)..<end)))
        default: throw SerdeError("a change with the unknown flag \(flag)")
        }
    }
}
