import Millrace
import MillraceBroker
import MillraceCluster
import MillraceCore
import MillraceKafka

/// Where a case runs: on the broker in this process, or on others, over the wire.
enum Place {
    /// - Parameter synced: whether a commit waits for the disk.
    case embedded(synced: Bool)
    /// - Parameters:
    ///   - servers: `host:port`, separated by commas. Whether they sync is theirs to say.
    ///   - settings: of the record client, in place of the port's.
    ///   - records: who moves the records.
    ///   - brokerID: the broker's process on this machine, for its processor time.
    ///   - usesOneCore: whether the application's thread stays on a core with those of its clients.
    case kafka(
        servers: String, settings: [String: String], records: RecordClient, brokerID: Int32?, usesOneCore: Bool)

    /// False where the broker decides.
    var isSynced: Bool { if case .embedded(let synced) = self { synced } else { false } }

    var isEmbedded: Bool { if case .embedded = self { true } else { false } }

    var brokerID: Int32? { if case .kafka(_, _, _, let id, _) = self { id } else { nil } }

    var threadPlacement: ThreadPlacement {
        if case .kafka(_, _, _, _, true) = self { .oneCoreEach } else { .anyCore }
    }

    /// How often a group's commits are looked at: over the wire that is a request.
    var pauseMilliseconds: UInt32 { isEmbedded ? 5 : 20 }

    /// Runs `body` with a cluster that has none of our topics.
    func withCluster<Result>(
        in directory: String, _ body: (any Cluster) throws -> Result
    ) throws -> Result {
        try Files.makeEmpty(directory)
        switch self {
        case .embedded(let synced):
            let cluster = try EmbeddedCluster(
                dataDirectory: directory + "/data", durability: synced ? .everyCommit : .system)
            let result = try body(cluster)
            try cluster.close()
            return result
        case .kafka(let servers, let settings, let records, _, _):
            let cluster = try KafkaCluster(bootstrapServers: servers, settings: settings, records: records)
            try Place.removeTopics(of: cluster)
            let result = try body(cluster)
            try Place.removeTopics(of: cluster)
            cluster.close()
            return result
        }
    }

    private static func removeTopics(of cluster: KafkaCluster) throws {
        func ours() throws -> [String] { try cluster.admin.listTopics().filter { $0.hasPrefix(Topics.prefix) } }
        for topic in try ours() { try cluster.admin.deleteTopic(topic) }
        // Brokers may go on to name a topic for a while.
        for _ in 0..<500 where try !ours().isEmpty { Files.pause(milliseconds: 20) }
    }
}
