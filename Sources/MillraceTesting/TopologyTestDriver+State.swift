public import Millrace
public import MillraceCore
public import MillraceStores

// What a test sees of tasks and stores.

extension TopologyTestDriver {
    /// Largest timestamp of any record processed; nil before the first. The largest of all tasks.
    public var streamTime: Timestamp? { tasks.compactMap(\.task.context.streamTime).max() }

    /// Largest timestamp of any record that this task has processed; nil before the first.
    public func streamTime(of task: TaskID) -> Timestamp? {
        tasks.first { $0.id == task }?.task.context.streamTime
    }

    /// How many records were dropped so far, and why. Records that were read again after a crash count again.
    public var droppedRecords: [DropReason: Int] {
        nodes.reduce(into: [:]) { all, node in all.merge(node.dropped, uniquingKeysWith: +) }
    }

    /// How many records each node has had, and which it dropped; parents before children, tasks added up.
    public var nodes: [NodeSnapshot] {
        NodeSnapshot.merged(retiredNodes + allTasks.flatMap(\.task.context.metrics.nodeSnapshots))
    }

    /// The topics that the topology has written to, internal ones left out, in order of their first record.
    public var producedTopics: [String] {
        let internalTopics = Set(
            (topology.repartitionTopics.map(\.reference) + topology.stores.keys.map { .changelog($0) })
                .map { $0.name(applicationID: configuration.applicationID) })
        return memory.topics.filter { !internalTopics.contains($0) }
    }

    /// How many partitions a topic has; internal topics by their full name.
    public func partitionCount(of topic: String) -> Int32 { memory.partitionCount(of: topic) }

    /// A store of the topology, for reading and for filling it before the first record. What is written here goes to
    /// the changelog with the next commit of its task.
    ///
    ///     let counts = try driver.store("counts", KeyValueStore<String, Int64>.self)
    ///     #expect(try counts.value(for: "alice") == 2)
    ///
    /// - Parameters:
    ///   - type: `KeyValueStore` or `WindowStore` of the key and value types of the topology.
    ///   - partition: of the task that has it.
    ///   - name: of the node; numbered by default.
    /// - Throws: `TestDriverError.unknownStore`, `TestDriverError.storeType`, `TestDriverError.unknownPartition`.
    public func store<Store: StateStore>(
        _ name: String, _ type: Store.Type = Store.self, partition: Int32 = 0
    ) throws -> Store {
        let holders = allTasks.filter { $0.stores[name] != nil }
        guard !holders.isEmpty else { throw TestDriverError.unknownStore(name: name, stores: storeNames) }
        guard let store = holders.first(where: { $0.id.partition == partition })?.stores[name] else {
            throw TestDriverError.unknownPartition(topic: name, partition: partition, count: Int32(holders.count))
        }
        guard let typed = store as? Store else {
            throw TestDriverError.storeType(
                name: name, expected: "\(Store.self)", found: "\(Swift.type(of: store))")
        }
        return typed
    }

    private var allTasks: [TestTask] { tasks + (globals.map { [$0] } ?? []) }

    /// The names of the topology's stores, sorted.
    public var storeNames: [String] { topology.stores.keys.sorted() }
}
