internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// DescribeConfigs of topics, the broker and groups (KIP-133, KIP-226 synonyms, KIP-569 types and documentation).
/// Answers at once: configs lie in memory.
extension HandlerTable {
    mutating func addDescribeConfigs(_ environment: ServerEnvironment) {
        on(DescribeConfigsRequest.self) { request, _ in
            var response = DescribeConfigsResponse()
            response.results = request.resources.map { resource in
                var result = DescribeConfigsResponse.Resource()
                result.resourceType = resource.resourceType
                result.resourceName = resource.resourceName
                do throws(BrokerError) {
                    let entries = try entries(of: resource, environment)
                    let wanted = resource.configurationKeys.map(Set.init)
                    result.configs = entries.filter { wanted?.contains($0.name) ?? true }
                        .map { .init($0, withSynonyms: request.includeSynonyms) }
                } catch {
                    result.error = error.code
                    result.errorMessage = error.message
                }
                return result
            }
            return response
        }
    }
}

private func entries(
    of resource: DescribeConfigsRequest.Resource, _ environment: ServerEnvironment
) throws(BrokerError) -> [ConfigEntry] {
    switch try ConfigResource(type: resource.resourceType, name: resource.resourceName) {
    case .topic(let name):
        if let complaint = TopicName.complaint(about: name) { throw BrokerError(.invalidTopicException, complaint) }
        return try environment.broker.describeConfiguration(of: name)
    case .broker(let name):
        try ConfigResource.check(broker: name, environment)
        // Those of all brokers are dynamic ones, and this broker has none.
        return name.isEmpty ? [] : try environment.broker.describeConfiguration()
    case .group(let name):
        guard !name.isEmpty else { throw BrokerError(.invalidRequest, "the group has no name") }
        return try environment.broker.describeGroupConfiguration()
    case .clientMetrics:
        return []
    }
}

extension DescribeConfigsResponse.Config {
    fileprivate init(_ entry: ConfigEntry, withSynonyms: Bool) {
        self.init()
        name = entry.name
        value = entry.value
        isReadOnly = entry.isReadOnly
        configSource = entry.source.rawValue
        configType = entry.kind.rawValue
        documentation = nil
        guard withSynonyms else { return }
        synonyms = entry.synonyms.map { synonym in
            var wire = DescribeConfigsResponse.Synonym()
            wire.name = synonym.name
            wire.value = synonym.value
            wire.source = synonym.source.rawValue
            return wire
        }
    }
}
