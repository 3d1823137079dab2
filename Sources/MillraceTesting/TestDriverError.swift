/// What a test asks of a driver that it cannot do.
public enum TestDriverError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The topology does not read the topic.
    case notASource(topic: String, sources: [String])
    /// The topic, or the store, has no such partition.
    case unknownPartition(topic: String, partition: Int32, count: Int32)
    /// The topology has no such store.
    case unknownStore(name: String, stores: [String])
    /// The store is of another kind or of other types.
    case storeType(name: String, expected: String, found: String)
    /// An earlier record stopped the topology, as it would have stopped the application.
    case stopped(by: String)
    /// The driver has been closed.
    case closed

    public var description: String {
        switch self {
        case .notASource(let topic, let sources): "the topology does not read \(topic), only \(sources)"
        case .unknownPartition(let topic, let partition, let count):
            "\(topic) has no partition \(partition), only 0 to \(count - 1)"
        case .unknownStore(let name, let stores): "the topology has no store \(name), only \(stores)"
        case .storeType(let name, let expected, let found): "store \(name) is a \(found), not a \(expected)"
        case .stopped(let reason): "the topology has been stopped by: \(reason)"
        case .closed: "the driver has been closed"
        }
    }
}
