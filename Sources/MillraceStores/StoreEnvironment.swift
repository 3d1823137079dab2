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

    /// An environment of these parts.
    public init(location: StoreLocation, resources: StoreResources) {
        self.location = location
        self.resources = resources
    }

    /// The byte store for a store of this name: RocksDB where the store wants to persist and there is a directory.
    public func makeByteStore(name: String, isPersistent: Bool) throws(StoreError) -> any ByteStore {
        guard isPersistent, case .directory(let directory) = location else { return InMemoryByteStore() }
        return try RocksByteStore(path: directory + "/" + name, resources: resources)
    }
}
