/// A topic as the topology knows it. Internal topics get their full name from the application's id when tasks are made.
public enum TopicReference: Hashable, Sendable {
    /// A topic of the user.
    case external(String)
    /// `<application id>-<name>-repartition`
    case repartition(String)
    /// `<application id>-<name>-topic`: between the two sides of a foreign-key join. It is made, filled and purged like
    /// a repartition topic, but has as many partitions as the table that its reader joins.
    case subscription(String)
    /// `<application id>-<store>-changelog`
    case changelog(String)

    /// The full name in an application of this id.
    public func name(applicationID: String) -> String {
        switch self {
        case .external(let name): name
        case .repartition(let name): "\(applicationID)-\(name)-repartition"
        case .subscription(let name): "\(applicationID)-\(name)-topic"
        case .changelog(let store): "\(applicationID)-\(store)-changelog"
        }
    }

    /// The name that the graph knows the topic by, where records of the application go through it.
    var repartitionName: String? {
        switch self {
        case .repartition(let name), .subscription(let name): name
        case .external, .changelog: nil
        }
    }

    /// Whether the runtime makes the topic.
    public var isInternal: Bool {
        if case .external = self { false } else { true }
    }
}
