public import MillraceCore

/// AddPartitionsToTxn, versions 0 to 5: partitions join a transaction before they are written (KIP-98). Producers
/// send up to 3; since 4 brokers send several transactions, and may ask only whether partitions have joined
/// (KIP-890).
public struct AddPartitionsToTransactionRequest: WireRequest {
    public typealias Response = AddPartitionsToTransactionResponse

    public static let api = APIKey.addPartitionsToTransaction
    public static let versions: ClosedRange<Int16> = 0...5
    public static let flexibleSince: Int16? = 3

    /// Since version 4.
    public var transactions: [Transaction] = []
    /// Up to version 3, as the fields that follow.
    public var transactionalID = ""
    public var producerID: Int64 = 0
    public var producerEpoch: Int16 = 0
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 4 { try wire.array("Transactions", &transactions) }
        if wire.version <= 3 {
            try wire.field("V3AndBelowTransactionalId", &transactionalID)
            try wire.field("V3AndBelowProducerId", &producerID)
            try wire.field("V3AndBelowProducerEpoch", &producerEpoch)
            try wire.array("V3AndBelowTopics", &topics)
        }
    }
}

extension AddPartitionsToTransactionRequest {
    public struct Transaction: WireStruct {
        public var transactionalID = ""
        public var producerID: Int64 = 0
        public var producerEpoch: Int16 = 0
        /// Do not add; say whether they have joined.
        public var verifyOnly = false
        public var topics: [Topic] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("TransactionalId", &transactionalID)
            try wire.field("ProducerId", &producerID)
            try wire.field("ProducerEpoch", &producerEpoch)
            try wire.field("VerifyOnly", &verifyOnly)
            try wire.array("Topics", &topics)
        }
    }

    public struct Topic: WireStruct {
        public var name = ""
        public var partitionIndexes: [Int32] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.array("Partitions", &partitionIndexes)
        }
    }
}

/// An error for each partition: PRODUCER_FENCED since 2 (KIP-588), several transactions since 4,
/// TRANSACTION_ABORTABLE since 5 (KIP-890).
public struct AddPartitionsToTransactionResponse: WireResponse {
    public static let api = APIKey.addPartitionsToTransaction
    public static let versions: ClosedRange<Int16> = 0...5
    public static let flexibleSince: Int16? = 3

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    /// Since version 4.
    public var error = KafkaErrorCode.none
    /// Since version 4.
    public var transactionResults: [TransactionResult] = []
    /// Up to version 3.
    public var topicResults: [TopicResult] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        if wire.version >= 4 {
            try wire.field("ErrorCode", &error)
            try wire.array("ResultsByTransaction", &transactionResults)
        }
        if wire.version <= 3 { try wire.array("ResultsByTopicV3AndBelow", &topicResults) }
    }
}

extension AddPartitionsToTransactionResponse {
    public struct TransactionResult: WireStruct {
        public var transactionalID = ""
        public var topicResults: [TopicResult] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("TransactionalId", &transactionalID)
            try wire.array("TopicResults", &topicResults)
        }
    }

    public struct TopicResult: WireStruct {
        public var name = ""
        public var partitionResults: [PartitionResult] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.array("ResultsByPartition", &partitionResults)
        }
    }

    public struct PartitionResult: WireStruct {
        public var partitionIndex: Int32 = 0
        public var error = KafkaErrorCode.none

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.field("PartitionErrorCode", &error)
        }
    }
}
