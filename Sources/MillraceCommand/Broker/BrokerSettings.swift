internal import MillraceBroker
internal import MillraceServer

/// What a broker is started with: properties under Kafka's names where it has them, from a file and from flags, the
/// later ones first. Pure.
struct BrokerSettings: Sendable {
    /// Folder of all data.
    var dataDirectory: String
    var durability = Durability.everyCommit
    var server = ServerConfiguration()
    var defaultPartitionCount: Int32 = 1
    var transactionPartitionCount: Int32 = 1
    var offsetsPartitionCount: Int32 = 1
    var nodeID: Int32 = 0
    var retentionInterval: Duration = .seconds(300)
    var groups = GroupConfiguration()

    /// Every property that is understood, with what it means.
    static let known: [(name: String, meaning: String)] = [
        ("log.dirs", "Folder of all data (log.dir does as well)."),
        ("listeners", "[SECURITY://]HOST:PORT, with commas between; port 0 lets the system choose."),
        ("advertised.listeners", "The same, as clients are to see it."),
        ("listener.security.protocol", "SECURITY where a listener names none."),
        ("durability", "every-commit, interval or system."),
        ("durability.interval.ms", "How often files are synced with durability=interval."),
        ("auto.create.topics.enable", "Whether a topic that a client asks for is made."),
        ("num.partitions", "Partitions of a topic that is made without saying how many."),
        ("node.id", "This broker's number (broker.id does as well)."),
        ("num.network.threads", "Threads that serve connections."),
        ("num.io.threads", "Threads for requests that wait for the disk."),
        ("offsets.topic.num.partitions", "Partitions of __consumer_offsets; counts for a new data directory."),
        ("transaction.state.log.num.partitions", "The same of __transaction_state."),
        ("log.retention.check.interval.ms", "How often old records are removed."),
        ("group.initial.rebalance.delay.ms", "How long a new group waits for more members."),
        ("group.max.size", "Most members of a group of the classic protocol."),
        ("group.min.session.timeout.ms", "Shortest session that a member of one may ask for."),
        ("group.max.session.timeout.ms", "Longest."),
        ("group.consumer.session.timeout.ms", "After this, a silent member of the consumer protocol is gone."),
        ("group.consumer.heartbeat.interval.ms", "How often members of the consumer protocol are to speak."),
        ("group.consumer.max.size", "Most members of a group of the consumer protocol."),
        ("offsets.retention.minutes", "How long an empty group's positions are kept."),
        ("max.connections", "Most connections at once."),
        ("socket.request.max.bytes", "Largest request."),
        ("connections.max.idle.ms", "After this, a silent connection is closed."),
        ("ssl.certificate", "PEM file with the server's certificate chain."),
        ("ssl.key", "PEM file with its private key."),
        ("ssl.ca", "PEM file with certificates that may vouch for clients."),
        ("ssl.client.auth", "required or none: whether clients must show a certificate."),
        ("sasl.enabled.mechanisms", "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, with commas between."),
        ("sasl.users", "NAME:PASSWORD, with commas between."),
        ("sasl.user.NAME", "Password of the user NAME; for passwords with commas."),
    ]

    /// - Throws: `BrokerSettingsError` that names the property and what it may be.
    init(_ properties: [(name: String, value: String)]) throws(BrokerSettingsError) {
        var values = PropertyValues(properties)
        guard let directory = values.text("log.dirs") ?? values.text("log.dir") else {
            throw BrokerSettingsError("say where data lies: --data DIRECTORY, or log.dirs in the file")
        }
        guard !directory.contains(",") else { throw BrokerSettingsError("log.dirs: one directory, not several") }
        dataDirectory = directory
        durability = try values.durability()
        server = try values.server()
        defaultPartitionCount = try values.number("num.partitions", 1...100_000) ?? 1
        transactionPartitionCount = try values.number("transaction.state.log.num.partitions", 1...1_000) ?? 1
        offsetsPartitionCount = try values.number("offsets.topic.num.partitions", 1...1_000) ?? 1
        let oldNodeID = try values.number("broker.id", 0...Int32.max)
        nodeID = try values.number("node.id", 0...Int32.max) ?? oldNodeID ?? 0
        retentionInterval = try values.milliseconds("log.retention.check.interval.ms") ?? .seconds(300)
        groups = try values.groups()
        try values.requireNothingLeft()
    }

    var broker: BrokerConfiguration {
        var configuration = BrokerConfiguration(dataDirectory: dataDirectory, durability: durability)
        configuration.defaultPartitionCount = defaultPartitionCount
        configuration.transactionStatePartitionCount = transactionPartitionCount
        configuration.offsetsPartitionCount = offsetsPartitionCount
        configuration.nodeID = nodeID
        configuration.retentionInterval = retentionInterval
        configuration.groups = groups
        return configuration
    }
}

/// What is wrong with a broker's settings.
struct BrokerSettingsError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
