internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// AlterConfigs: replaces all configs of a topic (KIP-133; old clients only). On a worker: the topic's definition is
/// written.
extension HandlerTable {
    mutating func addAlterConfigs(_ environment: ServerEnvironment) {
        onWorker(AlterConfigsRequest.self) { request, _ in
            var response = AlterConfigsResponse()
            response.resources = request.resources.map { resource in
                var result = AlterConfigsResponse.Resource()
                result.resourceType = resource.resourceType
                result.resourceName = resource.resourceName
                do throws(BrokerError) {
                    let topic = try alterableTopic(
                        type: resource.resourceType, name: resource.resourceName, environment)
                    var values: [String: String] = [:]
                    for config in resource.configs {
                        guard let value = config.value else {
                            throw BrokerError(.invalidRequest, "no value for the config '\(config.name)'")
                        }
                        values[config.name] = value
                    }
                    try environment.broker.replaceConfiguration(
                        of: topic, values, validateOnly: request.validateOnly)
                } catch {
                    result.error = error.code
                    result.errorMessage = error.message
                }
                return result
            }
            return response
        }
    }

    /// IncrementalAlterConfigs: sets, removes, appends and subtracts single configs of a topic (KIP-339).
    mutating func addIncrementalAlterConfigs(_ environment: ServerEnvironment) {
        onWorker(IncrementalAlterConfigsRequest.self) { request, _ in
            var response = IncrementalAlterConfigsResponse()
            response.resources = request.resources.map { resource in
                var result = IncrementalAlterConfigsResponse.Resource()
                result.resourceType = resource.resourceType
                result.resourceName = resource.resourceName
                do throws(BrokerError) {
                    let topic = try alterableTopic(
                        type: resource.resourceType, name: resource.resourceName, environment)
                    try environment.broker.alterTopic(
                        topic, try changes(resource.configs), validateOnly: request.validateOnly)
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

private func changes(
    _ configs: [IncrementalAlterConfigsRequest.Config]
) throws(BrokerError) -> [ConfigChange] {
    var names: Set<String> = []
    return try configs.map { config throws(BrokerError) in
        guard let operation = ConfigChange.Operation(rawValue: config.operation) else {
            throw BrokerError(.invalidRequest, "the config '\(config.name)': no operation \(config.operation)")
        }
        guard names.insert(config.name).inserted else {
            throw BrokerError(.invalidRequest, "the config '\(config.name)' is changed twice")
        }
        return ConfigChange(config.name, operation, config.value)
    }
}

/// The topic whose configs are to be changed. Those of the broker and of groups come from where it was started.
private func alterableTopic(
    type: Int8, name: String, _ environment: ServerEnvironment
) throws(BrokerError) -> String {
    switch try ConfigResource(type: type, name: name) {
    case .topic(let name):
        if let complaint = TopicName.complaint(about: name) { throw BrokerError(.invalidTopicException, complaint) }
        return name
    case .broker(let name):
        try ConfigResource.check(broker: name, environment)
        throw BrokerError(
            .invalidRequest,
            "configs of the broker cannot be changed while it runs: change its configuration and start it again")
    case .group, .clientMetrics:
        throw BrokerError(.invalidRequest, "this broker keeps no configs of single groups and clients")
    }
}
