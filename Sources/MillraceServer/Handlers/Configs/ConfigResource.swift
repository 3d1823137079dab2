internal import MillraceBroker
internal import MillraceCore

/// What a config belongs to; the numbers are those of Kafka's `ConfigResource.Type`. Pure.
enum ConfigResource: Hashable {
    case topic(String)
    /// The broker by its number, or all brokers where the name is empty.
    case broker(String)
    case group(String)
    case clientMetrics(String)

    /// - Throws: `invalidRequest` for a type that this broker has no configs of (loggers).
    init(type: Int8, name: String) throws(BrokerError) {
        switch type {
        case 2: self = .topic(name)
        case 4: self = .broker(name)
        case 16: self = .clientMetrics(name)
        case 32: self = .group(name)
        default: throw BrokerError(.invalidRequest, "this broker has no configs of resource type \(type)")
        }
    }

    /// A client that sends by broker may name only this one.
    static func check(broker name: String, _ environment: ServerEnvironment) throws(BrokerError) {
        guard name.isEmpty || name == "\(environment.nodeID)" else {
            throw BrokerError(.invalidRequest, "there is no broker '\(name)', only \(environment.nodeID)")
        }
    }
}
