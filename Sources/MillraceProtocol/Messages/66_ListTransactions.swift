public import MillraceCore

/// ListTransactions, versions 0 to 2: all transactional ids of this coordinator (KIP-664). A filter by duration
/// came with 1 (KIP-994), by pattern with 2 (KIP-1152).
public struct ListTransactionsRequest: WireRequest {
    public typealias Response = ListTransactionsResponse

    public static let api = APIKey.listTransactions
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 0

    /// Empty: all.
    public var stateFilters: [String] = []
    public var producerIDFilters: [Int64] = []
    /// Only those that are open for longer; -1 for all.
    public var durationFilterMilliseconds: Int64 = -1
    public var transactionalIDPattern: String?

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("StateFilters", &stateFilters)
        try wire.array("ProducerIdFilters", &producerIDFilters)
        if wire.version >= 1 { try wire.field("DurationFilter", &durationFilterMilliseconds) }
        if wire.version >= 2 { try wire.field("TransactionalIdPattern", &transactionalIDPattern) }
    }
}

/// Id, producer and state of each.
public struct ListTransactionsResponse: WireResponse {
    public static let api = APIKey.listTransactions
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 0

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none
    /// States of the filter that do not exist.
    public var unknownStateFilters: [String] = []
    public var transactions: [Transaction] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.field("ErrorCode", &error)
        try wire.array("UnknownStateFilters", &unknownStateFilters)
        try wire.array("TransactionStates", &transactions)
    }
}

extension ListTransactionsResponse {
    public struct Transaction: WireStruct {
        public var transactionalID = ""
        public var producerID: Int64 = 0
        public var state = ""

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("TransactionalId", &transactionalID)
            try wire.field("ProducerId", &producerID)
            try wire.field("TransactionState", &state)
        }
    }
}
