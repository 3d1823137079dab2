public import MillraceCore

/// WriteTxnMarkers, versions 1 to 2: the coordinator, or an administrator who ends a hanging transaction, has
/// markers written (KIP-98, KIP-664). The version of transactions came with 2 (KIP-1228).
public struct WriteTransactionMarkersRequest: WireRequest {
    public typealias Response = WriteTransactionMarkersResponse

    public static let api = APIKey.writeTransactionMarkers
    public static let versions: ClosedRange<Int16> = 1...2
    public static let flexibleSince: Int16? = 1

    public var markers: [Marker] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Markers", &markers)
    }
}

extension WriteTransactionMarkersRequest {
    public struct Marker: WireStruct {
        public var producerID: Int64 = 0
        public var producerEpoch: Int16 = 0
        /// False: abort.
        public var isCommit = false
        public var topics: [Topic] = []
        public var coordinatorEpoch: Int32 = 0
        public var transactionVersion: Int8 = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ProducerId", &producerID)
            try wire.field("ProducerEpoch", &producerEpoch)
            try wire.field("TransactionResult", &isCommit)
            try wire.array("Topics", &topics)
            try wire.field("CoordinatorEpoch", &coordinatorEpoch)
            if wire.version >= 2 { try wire.field("TransactionVersion", &transactionVersion) }
        }
    }

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

/// An error for each partition.
public struct WriteTransactionMarkersResponse: WireResponse {
    public static let api = APIKey.writeTransactionMarkers
    public static let versions: ClosedRange<Int16> = 1...2
    public static let flexibleSince: Int16? = 1

    public var markers: [Marker] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Markers", &markers)
    }
}

extension WriteTransactionMarkersResponse {
    public struct Marker: WireStruct {
        public var producerID: Int64 = 0
        public var topics: [Topic] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ProducerId", &producerID)
            try wire.array("Topics", &topics)
        }
    }

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

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.field("ErrorCode", &error)
        }
    }
}
