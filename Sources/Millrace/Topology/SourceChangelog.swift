internal import MillraceCore

/// A table's topic that serves as the changelog of the table's store: what is committed of it is what the store holds
/// (SEMANTICS H4). Immutable, used from any thread.
///
/// The topic holds what its producers wrote, not what a store would write: records are decoded and encoded again, so
/// that those which cannot be decoded are passed over, as their handler did, and each key has one form.
public struct SourceChangelog: Sendable {
    /// The topic's name.
    public let topic: String
    private let transcodeBody: @Sendable (RawSpan, RawSpan?, inout ByteWriter, inout ByteWriter) throws -> Bool

    @usableFromInline
    init<Key, Value>(topic: String, key: AnySerde<Key>, value: AnySerde<Value>) {
        self.topic = topic
        transcodeBody = { keyBytes, valueBytes, keyWriter, valueWriter in
            try key.serialize(try key.deserialize(keyBytes), into: &keyWriter)
            guard let valueBytes else { return false }
            try value.serialize(try value.deserialize(valueBytes), into: &valueWriter)
            return true
        }
    }

    /// Writes key and value as the store writes them. Returns whether there is a value; throws what the serdes throw
    /// for a record that the table has passed over.
    func transcode(
        key: RawSpan, value: RawSpan?, into keyWriter: inout ByteWriter, _ valueWriter: inout ByteWriter
    ) throws -> Bool {
        try transcodeBody(key, value, &keyWriter, &valueWriter)
    }
}
