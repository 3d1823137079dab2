/// A topic as the topology knows it. Internal topics get their full name from the application's id when tasks are made.
public enum TopicReference: Hashable, Sendable {
    /// A topic of the user.
    case external(String)
    /// `<application id>-<name>-repartition`
    case repartition(String)
    /// `<application id>-<store>-changelog`
    case changelog(String)

    /// The full name in an application of this id.
    public func name(applicationID: String) -> String {
        switch self {
        case .external(let name): name
        case .repartition(let name): "\(applicationID)-\(name)-repartition"
        case .changelog(let store): "\(applicationID)-\(store)-changelog"
        }
    }

    /// Whether the runtime makes the topic.
    public var isInternal: Bool {
        if case .external = self { false } else { true }
    }
}
