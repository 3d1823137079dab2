public import MillraceCore

/// EndTxn, versions 0 to 5: commits or aborts (KIP-98). PRODUCER_FENCED came with 2 (KIP-588),
/// TRANSACTION_ABORTABLE with 4, a new epoch with every transaction with 5 (both KIP-890).
public struct EndTransactionRequest: WireRequest {
    public typealias Response = EndTransactionResponse

    public static let api = APIKey.endTransaction
    public static let versions: ClosedRange<Int16> = 0...5
    public static let flexibleSince: Int16? = 3

    public var transactionalID = ""
    public var producerID: Int64 = 0
    public var producerEpoch: Int16 = 0
    /// False: abort.
    public var isCommit = false

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("TransactionalId", &transactionalID)
        try wire.field("ProducerId", &producerID)
        try wire.field("ProducerEpoch", &producerEpoch)
        try wire.field("Committed", &isCommit)
    }
}

/// Since version 5 with the id and epoch for the next transaction.
public struct EndTransactionResponse: WireResponse {
    public static let api = APIKey.endTransaction
    public static let versions: ClosedRange<Int16> = 0...5
    public static let flexibleSince: Int16? = 3

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none
    public var producerID: Int64 = -1
    public var producerEpoch: Int16 = -1

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.field("ErrorCode", &error)
        if wire.version >= 5 {
            try wire.field("ProducerId", &producerID)
            try wire.field("ProducerEpoch", &producerEpoch)
        }
    }
}
