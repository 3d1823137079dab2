/// The one record of a control batch: a transaction's end in this partition (KIP-98).
///
///     key    0  2  version, 0          value  0  2  version, 0
///            2  2  type                       2  4  epoch of the transaction coordinator
public struct ControlRecord: Hashable, Sendable {
    /// How the transaction ended.
    public var outcome: TransactionOutcome
    /// Raised with each new coordinator, to fence old ones.
    public var coordinatorEpoch: Int32

    /// A marker of these parts.
    public init(_ outcome: TransactionOutcome, coordinatorEpoch: Int32) {
        self.outcome = outcome
        self.coordinatorEpoch = coordinatorEpoch
    }

    /// Reads the record from the key and value of a control batch's record.
    public init(key: RawSpan, value: RawSpan) throws(RecordError) {
        do {
            var reader = ByteReader()
            _ = try reader.read(Int16.self, from: key)
            switch try reader.read(Int16.self, from: key) {
            case 0: outcome = .abort
            case 1: outcome = .commit
            case let type: throw RecordError.malformed("control record of type \(type)")
            }
            reader = ByteReader(position: 2)
            coordinatorEpoch = try reader.read(from: value)
        } catch let error as RecordError {
            throw error
        } catch {
            throw .malformed("control record: \(error)")
        }
    }

    /// Makes `builder` hold the sealed control batch for `producer`. What it held is gone.
    public func write(into builder: inout RecordBatchBuilder, producer: ProducerIdentity, timestamp: Timestamp) {
        var key = ByteWriter(capacity: 8)
        key.append(Int16(0))
        key.append(Int16(outcome == .commit ? 1 : 0))
        var value = ByteWriter(capacity: 8)
        value.append(Int16(0))
        value.append(coordinatorEpoch)
        builder.reset()
        builder.append(timestamp: timestamp, key: key.bytes, value: value.bytes)
        builder.seal(producer: producer, baseSequence: -1, isTransactional: true, isControl: true)
    }
}
