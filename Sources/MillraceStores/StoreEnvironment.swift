/// Where the stores of a task live. The runtime makes one for each task, and holds the lock of its directory.
public enum StoreLocation: Hashable, Sendable {
    /// Everything is gone with the process.
    case inMemory
    /// Persistent stores are directories in this one, which need not exist yet.
    case directory(String)
}

/// What the factory of a store is given.
public struct StoreEnvironment: Sendable {
    /// Where the stores are.
    public var location: StoreLocation
    /// What all stores of the process share.
    public var resources: StoreResources
    /// For a store that is no longer called what its factory was made with.
    var renaming: Renaming?

    struct Renaming: Sendable {
        var from: String
        var to: String
    }

    /// An environment of these parts.
    public init(location: StoreLocation, resources: StoreResources) {
        self.location = location
        self.resources = resources
    }

    /// What the store that a factory made with `name` is called: the planner may have found a better name for a store
    /// that was given none.
    public func finalName(_ name: String) -> String {
        guard let renaming, name.hasPrefix(renaming.from) else { return name }
        return renaming.to + name.dropFirst(renaming.from.count)
    }

    /// The byte store for a store of this name: RocksDB where the store wants to persist and there is a directory.
    public func makeByteStore(name: String, isPersistent: Bool) throws(StoreError) -> any ByteStore {
        guard isPersistent, case .directory(let directory) = location else { return InMemoryByteStore() }
        return try RocksByteStore(path: directory + "/" + finalName(name), resources: resources)
    }
}
