internal import MillraceCore
internal import MillraceStores

/// What all stream threads of an application share. Immutable, or guarded by itself.
struct ThreadEnvironment: Sendable {
    let configuration: StreamsConfiguration
    let topology: Topology
    let layout: TaskLayout
    /// By store: tables' topics that serve as changelogs.
    let sourceChangelogs: [String: SourceChangelog]
    /// Full names of repartition topics.
    let repartitionTopics: Set<String>
    let stateDirectory: StateDirectory
    let resources: StoreResources
    let disk: any Disk
    let status: ApplicationStatus
    let queries: QueryRegistry
    /// Who has which tasks.
    let instances: InstanceRegistry
    /// Nil where the topology has no global table.
    let globals: GlobalTables?

    var applicationID: String { configuration.applicationID }
}
