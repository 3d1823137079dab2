internal import MillraceClient
public import MillraceCluster

/// The cluster port over Apache Kafka, or over our own broker as a server. Records go through librdkafka, with
/// partitions taken by hand, or through our own client (`RecordClient`); groups, offsets and topics through our wire
/// client (docs/decisions/0013). It may be used from any thread; each consumer and producer has connections of its own.
///
///     let cluster = try KafkaCluster(bootstrapServers: "kafka-1:9092,kafka-2:9092")
///     let application = try StreamsApplication(topology, StreamsConfiguration(applicationID: "app", cluster: cluster))
///
/// The runtime needs brokers of Kafka 2.5 or later (KIP-447).
public final class KafkaCluster: Cluster {
    /// Topics and offsets, for whoever administers them.
    public var admin: any ClusterAdmin { wireAdmin }
    private let wireAdmin: KafkaClusterAdmin
    private let settings: ClusterSettings

    /// Does not connect yet.
    ///
    /// - Parameters:
    ///   - bootstrapServers: `host:port`, separated by commas.
    ///   - settings: more of librdkafka's settings by its names, `compression.type` or `security.protocol` for
    ///     instance. TLS takes PEM files, SASL the mechanisms PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512.
    ///   - records: who moves the records. The native client refuses settings that only librdkafka knows.
    /// - Throws: `ClusterError` where they contradict themselves, or what the port decides.
    public init(
        bootstrapServers: String, settings: [String: String] = [:], records: RecordClient = .librdkafka
    ) throws(ClusterError) {
        let checked = try ClusterSettings(bootstrapServers: bootstrapServers, settings, records: records)
        self.settings = checked
        wireAdmin = KafkaClusterAdmin(checked)
        // A name or a value that librdkafka does not know is better told now than by the first thread.
        try callingKafka { () throws(KafkaError) in _ = try checked.kafkaSettings(defaults: [], fixed: []) }
    }

    /// A consumer of these brokers.
    public func makeConsumer(_ configuration: ConsumerConfiguration) throws(ClusterError) -> any ClusterConsumer {
        let settings = settings
        let source: any BatchSource =
            switch settings.records {
            case .librdkafka: try callingKafka { () throws(KafkaError) in try RecordReader(configuration, settings) }
            case .native: try NativeReader(configuration, settings)
            }
        let client = ClusterClient(settings.clientConfiguration(clientID: configuration.clientID))
        return GroupConsumer(configuration, source: source, offsets: KafkaOffsets(client), clientHost: "") {
            member, alarm in
            KafkaMembership(member, settings, signal: alarm)
        }
    }

    /// A producer to these brokers.
    public func makeProducer(_ configuration: ProducerConfiguration) throws(ClusterError) -> any ClusterProducer {
        guard settings.records == .native else { return try KafkaClusterProducer(configuration, settings) }
        return NativeProducer(configuration, settings)
    }

    /// Ends the connections of `admin`, which makes new ones when it is asked again. Consumers and producers have
    /// their own, and end them themselves.
    public func close() {
        wireAdmin.disconnect()
    }
}

extension Cluster where Self == KafkaCluster {
    /// Apache Kafka, or our own broker as a server, for whoever outgrows one process: `KafkaCluster` in a place that
    /// asks for any cluster.
    ///
    ///     try StreamsConfiguration(
    ///         applicationID: "chat", cluster: .kafka(bootstrapServers: "kafka-1:9092,kafka-2:9092"),
    ///         stateDirectory: "/var/lib/chat/state")
    ///
    /// - Parameters:
    ///   - bootstrapServers: `host:port`, separated by commas.
    ///   - settings: more of librdkafka's settings by its names, as in `KafkaCluster.init`.
    ///   - records: who moves the records.
    /// - Throws: `ClusterError` where they contradict themselves, or what the port decides.
    public static func kafka(
        bootstrapServers: String, settings: [String: String] = [:], records: RecordClient = .librdkafka
    ) throws(ClusterError) -> KafkaCluster {
        try KafkaCluster(bootstrapServers: bootstrapServers, settings: settings, records: records)
    }
}
