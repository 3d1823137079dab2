public import MillraceCore

/// AddOffsetsToTxn, versions 0 to 4: the offsets of a group join a transaction (KIP-98). PRODUCER_FENCED came with
/// 2 (KIP-588), TRANSACTION_ABORTABLE with 4 (KIP-890).
public struct AddOffsetsToTransactionRequest: WireRequest {
    public typealias Response = AddOffsetsToTransactionResponse

    public static let api = APIKey.addOffsetsToTransaction
    public static let versions: ClosedRange<Int16> = 0...4
    public static let flexibleSince: Int16? = 3

    public var transactionalID = ""
    public var producerID: Int64 = 0
    public var producerEpoch: Int16 = 0
    public var groupID = ""

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("TransactionalId", &transactionalID)
        try wire.field("ProducerId", &producerID)
        try wire.field("ProducerEpoch", &producerEpoch)
        try wire.field("GroupId", &groupID)
    }
}

/// Whether they joined.
public struct AddOffsetsToTransactionResponse: WireResponse {
    public static let api = APIKey.addOffsetsToTransaction
    public static let versions: ClosedRange<Int16> = 0...4
    public static let flexibleSince: Int16? = 3

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.field("ErrorCode", &error)
    }
}
