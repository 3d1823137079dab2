public import MillraceCore

/// DescribeCluster, versions 0 to 2: the brokers and the cluster's id (KIP-700). Controllers came with 1 (KIP-919),
/// fenced brokers with 2 (KIP-1073).
public struct DescribeClusterRequest: WireRequest {
    public typealias Response = DescribeClusterResponse

    public static let api = APIKey.describeCluster
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 0

    public var includeClusterAuthorizedOperations = false
    /// 1: brokers; 2: controllers.
    public var endpointType: Int8 = 1
    public var includeFencedBrokers = false

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("IncludeClusterAuthorizedOperations", &includeClusterAuthorizedOperations)
        if wire.version >= 1 { try wire.field("EndpointType", &endpointType) }
        if wire.version >= 2 { try wire.field("IncludeFencedBrokers", &includeFencedBrokers) }
    }
}

/// The brokers, and what the user may do with the cluster.
public struct DescribeClusterResponse: WireResponse {
    public static let api = APIKey.describeCluster
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 0

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none
    public var errorMessage: String?
    public var endpointType: Int8 = 1
    public var clusterID = ""
    public var controllerID: Int32 = -1
    public var brokers: [Broker] = []
    /// Bits by operation; the smallest number for "not asked".
    public var clusterAuthorizedOperations: Int32 = .min

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.field("ErrorCode", &error)
        try wire.field("ErrorMessage", &errorMessage)
        if wire.version >= 1 { try wire.field("EndpointType", &endpointType) }
        try wire.field("ClusterId", &clusterID)
        try wire.field("ControllerId", &controllerID)
        try wire.array("Brokers", &brokers)
        try wire.field("ClusterAuthorizedOperations", &clusterAuthorizedOperations)
    }
}

extension DescribeClusterResponse {
    public struct Broker: WireStruct {
        public var brokerID: Int32 = 0
        public var host = ""
        public var port: Int32 = 0
        public var rack: String?
        public var isFenced = false

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("BrokerId", &brokerID)
            try wire.field("Host", &host)
            try wire.field("Port", &port)
            try wire.field("Rack", &rack)
            if wire.version >= 2 { try wire.field("IsFenced", &isFenced) }
        }
    }
}
