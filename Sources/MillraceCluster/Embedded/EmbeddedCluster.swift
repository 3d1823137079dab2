public import MillraceBroker
internal import MillraceCore

/// The cluster port over a broker in this process. Calls run to their end on the calling thread; a cluster may be used
/// from any thread. Several applications, and several instances of one, may share a broker.
///
///     let cluster = try EmbeddedCluster(dataDirectory: "/var/lib/millrace")
///     try cluster.admin.createTopic(TopicSpecification(name: "lines", partitionCount: 4))
///     …
///     try cluster.close()
public final class EmbeddedCluster: Cluster {
    /// The broker in this process.
    public let broker: Broker
    /// Topics and offsets, for whoever administers them.
    public let admin: any ClusterAdmin
    private let ownsBroker: Bool

    /// Opens the broker of a data directory, or makes it. One process has it open at a time.
    public convenience init(
        dataDirectory: String, durability: Durability = .everyCommit
    ) throws(ClusterError) {
        try self.init(BrokerConfiguration(dataDirectory: dataDirectory, durability: durability))
    }

    /// Opens the broker that `configuration` describes, on the machine's own disk and clock.
    public init(_ configuration: BrokerConfiguration) throws(ClusterError) {
        do {
            broker = try Broker(
                configuration, disk: FileSystemDisk(), clock: SystemClock(), entropy: SystemEntropy())
        } catch {
            throw ClusterError(error)
        }
        admin = EmbeddedAdmin(broker: broker)
        ownsBroker = true
    }

    /// Speaks to a broker that somebody else opened and will close.
    public init(_ broker: Broker) {
        self.broker = broker
        admin = EmbeddedAdmin(broker: broker)
        ownsBroker = false
    }

    /// A consumer of the broker in this process.
    public func makeConsumer(_ configuration: ConsumerConfiguration) throws(ClusterError) -> any ClusterConsumer {
        let broker = broker
        return GroupConsumer(
            configuration, source: PartitionFetcher(broker, configuration), offsets: EmbeddedOffsets(broker),
            clientHost: GroupConfiguration.embeddedClientHost
        ) { member, alarm in EmbeddedMembership(member, broker: broker, signal: alarm) }
    }

    /// A producer to the broker in this process.
    public func makeProducer(_ configuration: ProducerConfiguration) throws(ClusterError) -> any ClusterProducer {
        EmbeddedProducer(broker: broker, configuration: configuration)
    }

    /// Closes the broker in order, if this cluster opened it. Consumers and producers come first.
    public func close() throws(ClusterError) {
        guard ownsBroker else { return }
        do { try broker.close() } catch { throw ClusterError(error) }
    }
}

extension Cluster where Self == EmbeddedCluster {
    /// The broker in this process, with its data in a directory, which is made where it is not there: `EmbeddedCluster`
    /// in a place that asks for any cluster.
    ///
    ///     let configuration = try StreamsConfiguration(
    ///         applicationID: "chat", cluster: .embedded(at: "/var/lib/chat/broker"),
    ///         stateDirectory: "/var/lib/chat/state")
    ///     …
    ///     try configuration.cluster.close()
    ///
    /// - Parameters:
    ///   - dataDirectory: where the broker's files lie; one process has it open at a time.
    ///   - durability: when they are forced to the disk.
    /// - Throws: `ClusterError` where the directory cannot be opened.
    public static func embedded(
        at dataDirectory: String, durability: Durability = .everyCommit
    ) throws(ClusterError) -> EmbeddedCluster {
        try EmbeddedCluster(dataDirectory: dataDirectory, durability: durability)
    }
}
