internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// What a broker that is alone says to wishes for replicas. Pure.
enum ReplicaRules {
    /// - Parameter factor: -1 for the broker's default, which is 1.
    static func check(factor: Int16, environment: ServerEnvironment) throws(BrokerError) {
        guard factor != -1, factor != 1 else { return }
        guard factor > 1, environment.configuration.clampsReplicationFactor else {
            throw BrokerError(
                .invalidReplicationFactor, "there is one broker: the replication factor is 1, not \(factor)")
        }
    }

    static func check(_ brokerIDs: [Int32], environment: ServerEnvironment) throws(BrokerError) {
        guard brokerIDs == [environment.nodeID] else {
            throw BrokerError(
                .invalidReplicaAssignment, "replicas on \(brokerIDs): there is only broker \(environment.nodeID)")
        }
    }
}

extension WireUUID {
    init(_ id: TopicID) { self.init(high: id.high, low: id.low) }

    var topicID: TopicID { TopicID(high: high, low: low) }
}
