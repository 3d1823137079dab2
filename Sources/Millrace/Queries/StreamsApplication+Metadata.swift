public import MillraceCore

/// Who has what: for a program that answers queries over several instances. Everything here is as the last assignment
/// said; a rebalance may have moved a task since, so that whoever asks an instance in vain asks here again
/// (SEMANTICS M4).
extension StreamsApplication {
    /// All instances of the application, this one included; empty before the first assignment.
    public var allMetadata: [StreamsMetadata] { instances.all.map { metadata(of: $0) } }

    /// The instances that run a task with this store, or have it as a global table.
    ///
    /// - Throws: `QueryError.unknownStore`.
    public func metadata(forStore name: String) throws(QueryError) -> [StreamsMetadata] {
        try requireStore(name)
        return allMetadata.filter { $0.stores.contains(name) }
    }

    /// Which instance has a key of a store.
    ///
    ///     if let owner = try application.metadata(forKey: "ada", .string, inStore: "counts")?.active.host { … }
    ///
    /// - Parameters:
    ///   - key: of the store; of a windowed store, the plain key.
    ///   - serde: of the key, as the store's input topic has it.
    ///   - name: of the store.
    /// - Returns: nil before the first assignment, and for a global table, which all instances have.
    /// - Throws: `QueryError.unknownStore`, `.failed` where the serde cannot write the key.
    public func metadata<Key, S: Serde<Key>>(
        forKey key: Key, _ serde: S, inStore name: String
    ) throws(QueryError) -> KeyQueryMetadata? {
        var writer = ByteWriter()
        let typed = AnySerde(serde)
        do {
            try typed.serialize(key, into: &writer)
        } catch {
            throw .failed(store: name, message: "the key cannot be written: \(error)")
        }
        let bytes = writer.copyBytes()
        return try metadata(inStore: name) { count in
            let prefix = bytes.span.bytes.extracting(0..<(bytes.count - typed.partitionSuffixByteCount))
            return Murmur2.partition(key: prefix, of: count)
        }
    }

    /// The same where the input topic is partitioned in another way: `partitioner` is given the number of partitions.
    ///
    /// - Throws: `QueryError.unknownStore`, `.failed` for a partition that there is not.
    public func metadata(
        inStore name: String, partitioner: (Int32) -> Int32
    ) throws(QueryError) -> KeyQueryMetadata? {
        try requireStore(name)
        guard let subtopology = topology.subtopologies.first(where: { $0.stores.contains(name) && !$0.isGlobal })
        else { return nil }
        let all = instances.all
        // Every task is somebody's, so that the largest tells how many there are.
        let known = all.flatMap(\.active).filter { $0.subtopology == subtopology.id }.map(\.partition)
        guard let last = known.max() else { return nil }
        let partition = partitioner(last + 1)
        guard (0...last).contains(partition) else {
            throw .failed(store: name, message: "partition \(partition) of \(last + 1)")
        }
        let task = TaskID(subtopology: subtopology.id, partition: partition)
        guard let active = all.first(where: { $0.active.contains(task) }) else { return nil }
        return KeyQueryMetadata(
            task: task, active: metadata(of: active),
            standbys: all.filter { $0.standby.contains(task) }.map { metadata(of: $0) })
    }

    private func requireStore(_ name: String) throws(QueryError) {
        guard topology.stores[name] != nil else {
            throw .unknownStore(name: name, known: topology.stores.keys.sorted())
        }
    }

    private func metadata(of instance: InstanceAssignment) -> StreamsMetadata {
        let global = topology.subtopologies.filter(\.isGlobal).flatMap(\.stores)
        return StreamsMetadata(
            instance: instance.instance, host: instance.host, activeTasks: instance.active,
            standbyTasks: instance.standby, stores: stores(of: instance.active).union(global),
            standbyStores: stores(of: instance.standby))
    }

    private func stores(of tasks: [TaskID]) -> Set<String> {
        let ids = Set(tasks.map(\.subtopology))
        return Set(topology.subtopologies.filter { ids.contains($0.id) }.flatMap(\.stores))
    }
}
