public import MillraceCore

/// A topic as it was made: what is kept of it in the data directory. Pure.
public struct TopicDefinition: Hashable, Sendable {
    /// The topic's name.
    public let name: String
    /// Another one for a topic that is made again under the same name.
    public let id: TopicID
    /// How many partitions it has.
    public internal(set) var partitionCount: Int32
    /// Its configs.
    public var configuration: TopicConfiguration

    /// A definition of these parts.
    public init(name: String, id: TopicID, partitionCount: Int32, configuration: TopicConfiguration) {
        self.name = name
        self.id = id
        self.partitionCount = partitionCount
        self.configuration = configuration
    }

    /// All partitions, in order.
    public var partitions: [TopicPartition] {
        (0..<partitionCount).map { TopicPartition(name, $0) }
    }

    static let formatVersion = "1"
    private static let configPrefix = "config."

    var properties: [String: String] {
        var properties = [
            "version": Self.formatVersion, "name": name, "id": id.hexadecimal, "partitions": String(partitionCount),
        ]
        for (key, value) in configuration.values { properties[Self.configPrefix + key] = value }
        return properties
    }

    init(properties: [String: String], path: String) throws(BrokerError) {
        guard let version = properties["version"], version == Self.formatVersion else {
            throw BrokerError(
                .unsupportedVersion,
                "\(path) is of version \(properties["version"] ?? "(none)"); this program reads version 1")
        }
        guard let name = properties["name"], let id = properties["id"].flatMap(TopicID.init(hexadecimal:)),
            let count = properties["partitions"].flatMap({ Int32($0) }), count > 0,
            TopicName.complaint(about: name) == nil
        else { throw BrokerError(.kafkaStorageError, "\(path) is damaged") }
        var values: [String: String] = [:]
        for (key, value) in properties where key.hasPrefix(Self.configPrefix) {
            values[String(key.dropFirst(Self.configPrefix.count))] = value
        }
        self.init(
            name: name, id: id, partitionCount: count, configuration: try TopicConfiguration(values))
    }
}
