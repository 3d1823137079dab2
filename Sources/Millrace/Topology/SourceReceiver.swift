public import MillraceCore

/// The type-erased front of a task's source node: bytes come in, a typed record goes into the chain.
///
/// The two steps let the task compare the timestamps of several partitions' heads before it processes one
/// (SEMANTICS A7): `prepare` decodes the head of one partition's queue and keeps it as that queue's prepared record,
/// `process` sends it down. One source receiver serves one partition queue.
public final class SourceReceiver {
    /// Decodes the record at `slot` and returns its timestamp as the extractor has it; nil where the record is to be
    /// passed over (an undecodable record that the handler skips, or a negative timestamp). The second parameter is
    /// where the record lies, the third the partition's time so far.
    @usableFromInline let prepareBody: (RawSpan, RecordSlot, Timestamp?) throws -> Timestamp?
    @usableFromInline let processBody: () throws -> Void

    /// A front made of the two steps.
    @inlinable
    public init(
        prepare: @escaping (RawSpan, RecordSlot, Timestamp?) throws -> Timestamp?, process: @escaping () throws -> Void
    ) {
        prepareBody = prepare
        processBody = process
    }

    /// Decodes the record at `slot`; see `prepareBody`.
    @inlinable
    public func prepare(_ bytes: RawSpan, _ slot: RecordSlot, partitionTime: Timestamp?) throws -> Timestamp? {
        try prepareBody(bytes, slot, partitionTime)
    }

    /// Forwards the prepared record.
    @inlinable
    public func process() throws { try processBody() }
}
