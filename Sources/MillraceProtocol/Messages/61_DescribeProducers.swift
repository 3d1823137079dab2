public import MillraceCore

/// DescribeProducers, version 0: producers that a partition remembers (KIP-664).
public struct DescribeProducersRequest: WireRequest {
    public typealias Response = DescribeProducersResponse

    public static let api = APIKey.describeProducers
    public static let versions: ClosedRange<Int16> = 0...0
    public static let flexibleSince: Int16? = 0

    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Topics", &topics)
    }
}

extension DescribeProducersRequest {
    public struct Topic: WireStruct {
        public var name = ""
        public var partitionIndexes: [Int32] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.array("PartitionIndexes", &partitionIndexes)
        }
    }
}

/// The state of each producer: where its open transaction begins is where a hanging one shows.
public struct DescribeProducersResponse: WireResponse {
    public static let api = APIKey.describeProducers
    public static let versions: ClosedRange<Int16> = 0...0
    public static let flexibleSince: Int16? = 0

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("Topics", &topics)
    }
}

extension DescribeProducersResponse {
    public struct Topic: WireStruct {
        public var name = ""
        public var partitions: [Partition] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.array("Partitions", &partitions)
        }
    }

    public struct Partition: WireStruct {
        public var partitionIndex: Int32 = 0
        public var error = KafkaErrorCode.none
        public var errorMessage: String?
        public var activeProducers: [Producer] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.field("ErrorCode", &error)
            try wire.field("ErrorMessage", &errorMessage)
            try wire.array("ActiveProducers", &activeProducers)
        }
    }

    public struct Producer: WireStruct {
        public var producerID: Int64 = 0
        public var producerEpoch: Int32 = 0
        public var lastSequence: Int32 = -1
        public var lastTimestamp: Int64 = -1
        public var coordinatorEpoch: Int32 = 0
        /// -1 where no transaction is open.
        public var transactionStartOffset: Int64 = -1

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ProducerId", &producerID)
            try wire.field("ProducerEpoch", &producerEpoch)
            try wire.field("LastSequence", &lastSequence)
            try wire.field("LastTimestamp", &lastTimestamp)
            try wire.field("CoordinatorEpoch", &coordinatorEpoch)
            try wire.field("CurrentTxnStartOffset", &transactionStartOffset)
        }
    }
}
