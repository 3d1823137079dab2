package import MillraceCore

/// What a log refuses. Whatever is thrown, nothing of the refused call is kept or visible.
package enum LogError: Error, Hashable, Sendable {
    /// The offset lies outside `logStart ... logEnd`.
    case offsetOutOfRange(Offset, logStart: Offset, logEnd: Offset)
    case messageTooLarge(byteCount: Int, limit: Int)
    /// The bytes are no sound record batch.
    case corruptBatch(RecordError)
    /// A sound batch that may not be appended here (a control batch of a client, a null key in a compacted log …).
    case invalidBatch(String)
    /// Records that may not be appended here, in a batch that is sound.
    case invalidRecords([RecordRefusal])
    /// A client's batch that says its timestamps are the broker's.
    case invalidTimestampType
    case outOfOrderSequence(producerID: Int64, expected: Int32, found: Int32)
    /// A newer incarnation of the producer has written.
    case invalidProducerEpoch(producer: ProducerIdentity, current: Int16)
    /// A batch outside the transaction its producer has open, or a transactional one that nobody vouches for.
    case invalidTransactionState(producerID: Int64, String)
    /// A marker of a coordinator that has been replaced.
    case coordinatorFenced(epoch: Int32, current: Int32)
    /// The disk refused. `.noSpace` passes once space is free; the log stays usable.
    case disk(DiskError)
    /// An earlier sync or write left the file in an unknown state: nothing works until the log is opened again.
    case failed(DiskError)
    /// Bytes that had been checked are no longer what they were.
    case corruptLog(path: String, position: Int64, RecordError)

    /// How it is answered on the wire.
    package var code: KafkaErrorCode {
        switch self {
        case .offsetOutOfRange: .offsetOutOfRange
        case .messageTooLarge: .messageTooLarge
        case .corruptBatch(.unsupportedCompression): .unsupportedCompressionType
        case .corruptBatch: .corruptMessage
        case .invalidBatch: .invalidRecord
        case .invalidRecords(let refusals): LogError.code(of: refusals)
        case .invalidTimestampType: .invalidTimestamp
        case .outOfOrderSequence: .outOfOrderSequenceNumber
        case .invalidProducerEpoch: .invalidProducerEpoch
        case .invalidTransactionState: .invalidTransactionState
        case .coordinatorFenced: .transactionCoordinatorFenced
        case .disk, .failed, .corruptLog: .kafkaStorageError
        }
    }

    private static func code(of refusals: [RecordRefusal]) -> KafkaErrorCode {
        let isKeyMissing = refusals.contains { $0.reason == .missingKey }
        return isKeyMissing ? .invalidRecord : .invalidTimestamp
    }

    /// Which records were to blame (KIP-467); empty where it was not single ones.
    package var recordRefusals: [RecordRefusal] {
        if case .invalidRecords(let refusals) = self { refusals } else { [] }
    }

    /// Whether the call was refused because the disk is full.
    package var isNoSpace: Bool {
        switch self {
        case .disk(let error), .failed(let error): error.reason == .noSpace
        default: false
        }
    }
}
