/// Why a local store cannot answer.
public enum QueryError: Error, Hashable, Sendable {
    /// No store of this name is in the topology.
    case unknownStore(name: String, known: [String])
    /// The application does not run: it was not started, is closing, or has stopped.
    case notRunning(state: StreamsState)
    /// A rebalance is under way, or these tasks still restore the store. Try again.
    case restoring(store: String, tasks: [TaskID])
    /// The application runs, but no task with this store is on this instance: ask another one.
    case notHere(store: String)
    /// A processor, or another closure of the topology, asks while its task runs. It would wait for its own task, or
    /// for one that waits for it. Inside the topology use the stores of the processor's context.
    case insideTask(store: String)
    /// The store holds other types, or is of another kind.
    case wrongType(store: String, expected: String, found: String)
    /// The store's disk or serdes failed.
    case failed(store: String, message: String)
}

extension QueryError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownStore(let name, let known):
            "the topology has no store \(name); it has \(known.isEmpty ? "none" : known.joined(separator: ", "))"
        case .notRunning(let state): "the application is \(state); queries are answered while it runs"
        case .restoring(let store, let tasks):
            "store \(store) is not ready yet"
                + (tasks.isEmpty ? "" : "; restoring: \(tasks.map(\.description).joined(separator: ", "))")
        case .notHere(let store): "no task with store \(store) runs on this instance"
        case .insideTask(let store):
            "store \(store) is queried from inside a running task, which would wait for itself; "
                + "connect the store with the processor and use its context's store"
        case .wrongType(let store, let expected, let found): "store \(store) is a \(found), not a \(expected)"
        case .failed(let store, let message): "store \(store) failed: \(message)"
        }
    }
}
