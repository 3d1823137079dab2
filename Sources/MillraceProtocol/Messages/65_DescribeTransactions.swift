public import MillraceCore

/// DescribeTransactions, version 0: what the coordinator knows of transactional ids (KIP-664).
public struct DescribeTransactionsRequest: WireRequest {
    public typealias Response = DescribeTransactionsResponse

    public static let api = APIKey.describeTransactions
    public static let versions: ClosedRange<Int16> = 0...0
    public static let flexibleSince: Int16? = 0

    public var transactionalIDs: [String] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("TransactionalIds", &transactionalIDs)
    }
}

/// State, producer and partitions of each.
public struct DescribeTransactionsResponse: WireResponse {
    public static let api = APIKey.describeTransactions
    public static let versions: ClosedRange<Int16> = 0...0
    public static let flexibleSince: Int16? = 0

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var transactions: [Transaction] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("TransactionStates", &transactions)
    }
}

extension DescribeTransactionsResponse {
    public struct Transaction: WireStruct {
        public var error = KafkaErrorCode.none
        public var transactionalID = ""
        public var state = ""
        public var timeoutMilliseconds: Int32 = 0
        /// -1 where no transaction is open.
        public var startTimeMilliseconds: Int64 = 0
        public var producerID: Int64 = 0
        public var producerEpoch: Int16 = 0
        public var topics: [Topic] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ErrorCode", &error)
            try wire.field("TransactionalId", &transactionalID)
            try wire.field("TransactionState", &state)
            try wire.field("TransactionTimeoutMs", &timeoutMilliseconds)
            try wire.field("TransactionStartTimeMs", &startTimeMilliseconds)
            try wire.field("ProducerId", &producerID)
            try wire.field("ProducerEpoch", &producerEpoch)
            try wire.array("Topics", &topics)
        }
    }

    public struct Topic: WireStruct {
        public var name = ""
        public var partitionIndexes: [Int32] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Topic", &name)
            try wire.array("Partitions", &partitionIndexes)
        }
    }
}
