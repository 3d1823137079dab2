/// The APIs of Apache Kafka 4.3 that are not spoken, and why. A test holds the numbers against Kafka's schemas: each is
/// either here or in `SupportedVersions`. Pure.
public enum LeftOut {
    /// Why an API is not spoken; nil where it is, or where Kafka has none with this number.
    public static func reason(_ apiKey: Int16) -> String? {
        groups.first { $0.apiKeys.contains(apiKey) }?.reason
    }

    /// All numbers, ascending.
    public static var apiKeys: [Int16] { groups.flatMap(\.apiKeys).sorted() }

    private static let groups: [(apiKeys: Set<Int16>, reason: String)] = [
        // LeaderAndIsr, StopReplica, UpdateMetadata, ControlledShutdown
        ([4, 5, 6, 7], "between ZooKeeper's controller and its brokers; gone with Kafka 4.0"),
        // AlterReplicaLogDirs
        ([34], "a broker has one directory of logs"),
        // Create-, Renew-, Expire- and DescribeDelegationToken
        ([38, 39, 40, 41], "delegation tokens: SCRAM and TLS are what a single node needs"),
        // Vote, BeginQuorumEpoch, EndQuorumEpoch, AlterPartition, Envelope, FetchSnapshot
        ([52, 53, 54, 56, 58, 59], "between the nodes of a cluster; there is one node"),
        // BrokerRegistration, BrokerHeartbeat, UnregisterBroker, AllocateProducerIds, ControllerRegistration,
        // AssignReplicasToDirs
        ([62, 63, 64, 67, 70, 73], "between brokers and controllers; there is one node"),
        // GetTelemetrySubscriptions, PushTelemetry
        ([71, 72], "client metrics (KIP-714): clients call them as soon as they are advertised"),
        // ShareGroupHeartbeat, ShareGroupDescribe, ShareFetch, ShareAcknowledge
        ([76, 77, 78, 79], "share groups (KIP-932)"),
        // AddRaftVoter, RemoveRaftVoter, UpdateRaftVoter
        ([80, 81, 82], "changes the voters of a quorum; there is one node"),
        // Initialize-, Read-, Write- and DeleteShareGroupState, ReadShareGroupStateSummary
        ([83, 84, 85, 86, 87], "share groups (KIP-932)"),
        // StreamsGroupHeartbeat, StreamsGroupDescribe
        ([88, 89], "streams groups (KIP-1071): Kafka Streams works with the classic protocol"),
        // DescribeShareGroupOffsets, AlterShareGroupOffsets, DeleteShareGroupOffsets
        ([90, 91, 92], "share groups (KIP-932)"),
    ]
}
