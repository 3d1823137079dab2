/// One instance of an application, as the last assignment has it.
public struct StreamsMetadata: Hashable, Sendable {
    /// The name of the instance: the same after a restart on the same state directory.
    public let instance: String
    /// What the instance says of itself in `StreamsConfiguration.applicationServer`.
    public let host: HostInfo?
    /// The tasks that it runs.
    public let activeTasks: [TaskID]
    /// The tasks that it keeps warm.
    public let standbyTasks: [TaskID]
    /// The stores of the tasks that it runs, and the global tables.
    public let stores: Set<String>
    /// The stores that it keeps warm.
    public let standbyStores: Set<String>
}

/// Where a key of a store is.
public struct KeyQueryMetadata: Hashable, Sendable {
    /// The task whose store holds the key.
    public let task: TaskID
    /// The instance that answers for the key.
    public let active: StreamsMetadata
    /// Instances that keep a copy.
    public let standbys: [StreamsMetadata]

    /// The partition that the key belongs to.
    public var partition: Int32 { task.partition }
}
