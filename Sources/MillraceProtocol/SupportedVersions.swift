/// What is spoken of Kafka's protocol: one row for each API. Pure. The versions are those of Apache Kafka 4.3; what it
/// has and we do not is in `LeftOut`.
public enum SupportedVersions {
    /// One API.
    public struct Row: Sendable {
        public let request: any WireRequest.Type
        /// What ApiVersions says of it.
        public let advertised: ClosedRange<Int16>

        public var api: APIKey { request.api }
        /// What can be read and written.
        public var readable: ClosedRange<Int16> { request.versions }
        public var response: any WireResponse.Type { Self.response(of: request) }

        private static func response<Request: WireRequest>(of type: Request.Type) -> any WireResponse.Type {
            Request.Response.self
        }
    }

    /// All APIs, by number.
    public static let rows: [Row] = [
        // librdkafka before 2.11.1 compresses only if a broker knows version 0. It never sends 0 to 2, and who does is
        // dropped, with a line in the server's log: their record formats are gone (KIP-896).
        row(ProduceRequest.self, advertised: 0...13),
        row(FetchRequest.self),
        row(ListOffsetsRequest.self),
        row(MetadataRequest.self),
        row(OffsetCommitRequest.self),
        row(OffsetFetchRequest.self),
        row(FindCoordinatorRequest.self),
        row(JoinGroupRequest.self),
        row(HeartbeatRequest.self),
        row(LeaveGroupRequest.self),
        row(SyncGroupRequest.self),
        row(DescribeGroupsRequest.self),
        row(ListGroupsRequest.self),
        row(SASLHandshakeRequest.self),
        row(APIVersionsRequest.self),
        row(CreateTopicsRequest.self),
        row(DeleteTopicsRequest.self),
        row(DeleteRecordsRequest.self),
        row(InitProducerIDRequest.self),
        row(OffsetForLeaderEpochRequest.self),
        row(AddPartitionsToTransactionRequest.self),
        row(AddOffsetsToTransactionRequest.self),
        row(EndTransactionRequest.self),
        row(WriteTransactionMarkersRequest.self),
        row(TransactionalOffsetCommitRequest.self),
        row(DescribeACLsRequest.self),
        row(CreateACLsRequest.self),
        row(DeleteACLsRequest.self),
        row(DescribeConfigsRequest.self),
        row(AlterConfigsRequest.self),
        row(DescribeLogDirectoriesRequest.self),
        row(SASLAuthenticateRequest.self),
        row(CreatePartitionsRequest.self),
        row(DeleteGroupsRequest.self),
        row(ElectLeadersRequest.self),
        row(IncrementalAlterConfigsRequest.self),
        row(AlterPartitionReassignmentsRequest.self),
        row(ListPartitionReassignmentsRequest.self),
        row(OffsetDeleteRequest.self),
        row(DescribeClientQuotasRequest.self),
        row(AlterClientQuotasRequest.self),
        row(DescribeUserSCRAMCredentialsRequest.self),
        row(AlterUserSCRAMCredentialsRequest.self),
        row(DescribeQuorumRequest.self),
        row(UpdateFeaturesRequest.self),
        row(DescribeClusterRequest.self),
        row(DescribeProducersRequest.self),
        row(DescribeTransactionsRequest.self),
        row(ListTransactionsRequest.self),
        row(ConsumerGroupHeartbeatRequest.self),
        row(ConsumerGroupDescribeRequest.self),
        row(ListConfigResourcesRequest.self),
        row(DescribeTopicPartitionsRequest.self),
    ]

    private static func row<Request: WireRequest>(
        _ type: Request.Type, advertised: ClosedRange<Int16>? = nil
    ) -> Row {
        Row(request: type, advertised: advertised ?? Request.versions)
    }

    /// By number; every request needs them.
    private static let byKey: (rows: [Row?], flexibleSince: [Int16]) = {
        let count = (rows.map { Int($0.api.rawValue) }.max() ?? -1) + 1
        var found: [Row?] = Array(repeating: nil, count: count)
        var flexibleSince = [Int16](repeating: .max, count: count)
        for row in rows {
            found[Int(row.api.rawValue)] = row
            flexibleSince[Int(row.api.rawValue)] = row.request.flexibleSince ?? .max
        }
        return (found, flexibleSince)
    }()

    /// The row of an API; nil where it is not spoken.
    public static func row(_ apiKey: Int16) -> Row? {
        byKey.rows.indices.contains(Int(apiKey)) ? byKey.rows[Int(apiKey)] : nil
    }

    /// Whether this version has compact lengths and tagged fields; false where the API is not spoken.
    public static func isFlexible(_ apiKey: Int16, _ version: Int16) -> Bool {
        byKey.flexibleSince.indices.contains(Int(apiKey)) && version >= byKey.flexibleSince[Int(apiKey)]
    }
}
