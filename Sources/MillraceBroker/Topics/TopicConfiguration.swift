internal import MillraceCore
internal import MillraceLog

/// A topic's configs under Kafka's names, checked, and what they mean for its logs. Unknown names are refused: a
/// setting that does nothing is worse than an error. (Those that are about replicas, and `preallocate` and
/// `file.delete.delay.ms`, are known and have no work to do on one node.) Pure.
public struct TopicConfiguration: Hashable, Sendable {
    /// What was set, as it was written.
    public private(set) var values: [String: String]
    private(set) var log: LogConfiguration

    /// The configs that a topic can have; others are refused.
    public static let names = Set(ConfigDefinition.topic.map(\.name))

    /// Checks names and values.
    ///
    /// - Throws: `BrokerError` with `invalidConfig`, which names the config.
    public init(_ values: [String: String]) throws(BrokerError) {
        log = try TopicConfigReader(values: values).read()
        self.values = values
    }

    /// The configs after some steps, each of which sees what those before it have done.
    ///
    /// - Throws: `BrokerError` with `invalidConfig`.
    package func applying(_ changes: [ConfigChange]) throws(BrokerError) -> TopicConfiguration {
        var values = values
        for change in changes {
            guard let definition = ConfigDefinition.topicByName[change.name] else {
                throw BrokerError(.invalidConfig, "unknown topic config '\(change.name)'")
            }
            if change.operation == .delete {
                values[change.name] = nil
                continue
            }
            guard let value = change.value else {
                throw BrokerError(.invalidConfig, "no value for the topic config '\(change.name)'")
            }
            if change.operation == .set {
                values[change.name] = value
                continue
            }
            guard definition.kind == .list else {
                throw BrokerError(.invalidConfig, "the topic config '\(change.name)' is no list")
            }
            var items = Self.items(values[change.name] ?? definition.defaultValue)
            let named = Self.items(value)
            if change.operation == .append {
                for item in named where !items.contains(item) { items.append(item) }
            } else {
                items.removeAll { named.contains($0) }
            }
            values[change.name] = items.joined(separator: ",")
        }
        return try TopicConfiguration(values)
    }

    static func items(_ list: String) -> [String] {
        list.split(separator: ",").map { String($0.filter { $0 != " " }) }.filter { !$0.isEmpty }
    }

    /// Every config with the value that counts, sorted by name.
    package var entries: [ConfigEntry] {
        ConfigDefinition.topic.map { definition in
            let builtIn = ConfigEntry.Synonym(
                name: definition.brokerName ?? definition.name, value: definition.defaultValue, source: .builtIn)
            var synonyms = definition.brokerName == nil ? [] : [builtIn]
            guard let value = values[definition.name] else {
                return ConfigEntry(
                    name: definition.name, kind: definition.kind, value: definition.defaultValue, source: .builtIn,
                    isReadOnly: false, synonyms: synonyms)
            }
            synonyms.insert(ConfigEntry.Synonym(name: definition.name, value: value, source: .topic), at: 0)
            return ConfigEntry(
                name: definition.name, kind: definition.kind, value: value, source: .topic, isReadOnly: false,
                synonyms: synonyms)
        }
    }
}
