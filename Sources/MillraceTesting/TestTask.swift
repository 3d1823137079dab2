import Millrace
import MillraceCluster
import MillraceCore
import MillraceStores

/// One task of a test driver, with its stores and its open transaction. It lives until a crash, after which another is
/// made from what was committed. Does I/O only where its stores lie on disk; owned by its driver.
final class TestTask {
    let task: StreamTask
    let stores: [String: any StateStore]
    private let memory: TopicMemory
    private let transaction: OpenTransaction
    private let emptiesStoreMemory: Bool
    /// Where the next fetch of each partition begins.
    private var nextOffsets: [TopicPartition: Offset] = [:]

    var id: TaskID { task.id }

    /// Restores the stores from their changelogs and takes over what was committed.
    /// - Parameter globals: the stores of global tables, which the task reads.
    init(
        _ entry: TaskPlan.Entry, of topology: Topology, _ configuration: TestDriverConfiguration, _ memory: TopicMemory,
        globals: [String: any StateStore]
    ) throws {
        self.memory = memory
        emptiesStoreMemory = configuration.emptiesStoreMemory
        transaction = OpenTransaction(memory)
        let context = TaskContext(
            applicationID: configuration.applicationID, taskID: entry.id, semantics: configuration.semantics,
            emission: configuration.emission, collector: RecordCollector(sender: transaction), metrics: TaskMetrics(),
            punctuations: PunctuationQueue(), handlers: configuration.handlers,
            maxFutureSkew: configuration.maxFutureSkew)
        let taskStores = try TestTask.openStores(of: entry, topology, configuration, context.collector, memory)
        stores = Dictionary(uniqueKeysWithValues: taskStores.map { ($0.store.name, $0.store) })
        task = try StreamTask(
            context: context,
            topology: try topology.assemble(
                subtopologies: entry.subtopologies, context: context,
                stores: stores.merging(globals) { own, _ in own }),
            partitions: entry.partitions, stores: taskStores)
        var committed: [TopicPartition: CommittedOffset] = [:]
        for partition in entry.partitions {
            memory.keepLog(of: partition)
            committed[partition] = memory.committedOffset(of: partition)
            nextOffsets[partition] = committed[partition]?.offset ?? .zero
        }
        task.restore(committed: committed)
        // Each partition's end is known from the beginning.
        for partition in entry.partitions {
            task.add(memory.emptyFetch(partition, at: nextOffsets[partition] ?? .zero))
        }
    }

    private static func openStores(
        of entry: TaskPlan.Entry, _ topology: Topology, _ configuration: TestDriverConfiguration,
        _ collector: RecordCollector, _ memory: TopicMemory
    ) throws -> [TaskStore] {
        let environment = StoreEnvironment(
            location: configuration.stateDirectory.map {
                .directory(entry.subtopologies == nil ? $0 : "\($0)/\(entry.id)")
            } ?? .inMemory,
            resources: .shared)
        return try entry.stores.compactMap { name in
            guard let specification = topology.stores[name] else { return nil }
            let store = try specification.makeStore(environment)
            guard specification.isChangelogEnabled else {
                return try TaskStore(store, changelog: nil, collector: collector)
            }
            let topic = TopicReference.changelog(name).name(applicationID: configuration.applicationID)
            let changelog = TopicPartition(topic, entry.id.partition)
            memory.keepLog(of: changelog)
            try restore(store, from: changelog, memory)
            return try TaskStore(store, changelog: changelog, collector: collector)
        }
    }

    private static func restore(
        _ store: any StateStore, from changelog: TopicPartition, _ memory: TopicMemory
    ) throws {
        let records = memory.records(of: changelog, from: store.checkpoint ?? .zero)
        for record in records {
            guard let key = record.key else { continue }
            let value = record.value
            try store.restore(key: key.span.bytes, value: value?.span.bytes, timestamp: record.timestamp)
        }
        if !records.isEmpty { try store.completeRestoredBatch(changelogEnd: memory.end(of: changelog)) }
    }

    // MARK: Running

    var hasRecords: Bool { task.bufferedRecords > 0 || task.hasBacklog }

    /// Takes in what its partitions have got since the last call, in the order of their first new records.
    func fetch() throws {
        let news = nextOffsets.compactMap { partition, offset in
            memory.number(of: partition, at: offset).map { (number: $0, partition: partition, offset: offset) }
        }
        for (_, partition, offset) in news.sorted(by: { $0.number < $1.number }) {
            guard let fetched = try memory.fetch(partition, from: offset) else { continue }
            nextOffsets[partition] = fetched.nextOffset
            task.add(fetched)
        }
    }

    /// Takes in and processes what there is, at once: so do global tables.
    func catchUp() throws {
        try fetch()
        guard hasRecords else { return }
        while hasRecords { _ = try task.process(limit: .max) }
        try commit()
    }

    /// Results, changelogs and positions become visible together.
    func commit() throws {
        try task.prepareCommit()
        let offsets = task.offsetsToCommit
        transaction.commit(offsets)
        task.commitSucceeded(offsets) { [memory] in memory.end(of: $0) }
        guard emptiesStoreMemory else { return }
        for (_, store) in stores.sorted(by: { $0.key < $1.key }) {
            if store.hasUnflushed { try store.flush() }
            // What was used since the last call stays once.
            for _ in 0..<2 { store.evictClean() }
        }
    }

    /// Forgets what is not committed, as a killed process would.
    func crash() {
        task.abort()
        task.close()
    }

    func close() { task.close() }
}
