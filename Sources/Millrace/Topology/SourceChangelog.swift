internal import MillraceCore

/// A table's topic that serves as the changelog of the table's store: what is committed of it is what the store holds
/// (SEMANTICS H4). Immutable, used from any thread.
///
/// The topic holds what its producers wrote, not what a store would write: records are decoded and encoded again, so
/// that those which cannot be decoded are passed over, as their handler did, and each key has one form.
public struct SourceChangelog: Sendable {
    /// The topic's name.
    public let topic: String
    private let transcodeKey: @Sendable (RawSpan, inout ByteWriter) throws -> Void
    private let transcodeValue: @Sendable (RawSpan, inout ByteWriter) throws -> Void

    @usableFromInline
    init<Key, Value>(topic: String, key: AnySerde<Key>, value: AnySerde<Value>) {
        self.topic = topic
        transcodeKey = { bytes, writer in try key.serialize(try key.deserialize(bytes), into: &writer) }
        transcodeValue = { bytes, writer in try value.serialize(try value.deserialize(bytes), into: &writer) }
    }

    /// Writes a key as the store writes it; throws what the serde throws for a record that the table has passed over.
    func transcode(key: RawSpan, into writer: inout ByteWriter) throws { try transcodeKey(key, &writer) }

    /// The same for a value.
    func transcode(value: RawSpan, into writer: inout ByteWriter) throws { try transcodeValue(value, &writer) }
}
