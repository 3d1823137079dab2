public import MillraceCore

/// InitProducerId, versions 0 to 5: a producer asks for an id and an epoch, and fences those before it of the same
/// transactional id (KIP-98). A producer that bumps its own epoch came with 3 (KIP-360), PRODUCER_FENCED with 4
/// (KIP-588), TRANSACTION_ABORTABLE with 5 (KIP-890). Version 6 (two-phase commit, KIP-939) is not stable yet and
/// left out.
public struct InitProducerIDRequest: WireRequest {
    public typealias Response = InitProducerIDResponse

    public static let api = APIKey.initProducerID
    public static let versions: ClosedRange<Int16> = 0...5
    public static let flexibleSince: Int16? = 2

    /// Null for an idempotent producer without transactions.
    public var transactionalID: String?
    public var transactionTimeoutMilliseconds: Int32 = 0
    /// The one that the producer has; -1 for none.
    public var producerID: Int64 = -1
    public var producerEpoch: Int16 = -1

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("TransactionalId", &transactionalID)
        try wire.field("TransactionTimeoutMs", &transactionTimeoutMilliseconds)
        if wire.version >= 3 {
            try wire.field("ProducerId", &producerID)
            try wire.field("ProducerEpoch", &producerEpoch)
        }
    }
}

/// The producer's id and epoch.
public struct InitProducerIDResponse: WireResponse {
    public static let api = APIKey.initProducerID
    public static let versions: ClosedRange<Int16> = 0...5
    public static let flexibleSince: Int16? = 2

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none
    public var producerID: Int64 = -1
    public var producerEpoch: Int16 = 0

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.field("ErrorCode", &error)
        try wire.field("ProducerId", &producerID)
        try wire.field("ProducerEpoch", &producerEpoch)
    }
}
