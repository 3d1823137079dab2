internal import MillraceCore
internal import MillraceLog

/// The topics of a broker and their open partitions. I/O when topics are made and removed; from any thread.
final class TopicTable: @unchecked Sendable {
    // Sendable: `lock` guards all variables. Threads: those of clients and the maintenance thread.
    private let lock = Lock()
    /// Held while topics are made, changed and deleted, which takes I/O: lookups need not wait for it.
    private let changes = Lock()
    private let store: TopicStore
    private let disk: any Disk
    private let entropy: any Entropy
    private var definitions: [String: TopicDefinition] = [:]
    private var openPartitions: [TopicPartition: Partition] = [:]

    /// Opens all topics of the data directory.
    init(
        dataDirectory: String, disk: any Disk, entropy: any Entropy, cleanShutdown: Bool, now: Timestamp
    ) throws(BrokerError) {
        store = TopicStore(dataDirectory: dataDirectory, disk: disk)
        self.disk = disk
        self.entropy = entropy
        for definition in try store.load() {
            definitions[definition.name] = definition
            try openPartitions(of: definition, cleanShutdown: cleanShutdown, now: now)
        }
    }

    private func openPartitions(
        of definition: TopicDefinition, cleanShutdown: Bool, now: Timestamp
    ) throws(BrokerError) {
        for id in definition.partitions {
            do {
                let log = try PartitionLog(
                    directory: store.directory(of: id), partition: id, configuration: definition.configuration.log,
                    disk: disk, now: now, cleanShutdown: cleanShutdown)
                lock.withLock { openPartitions[id] = Partition(log: log) }
            } catch {
                throw BrokerError(error, partition: id)
            }
        }
    }

    // MARK: Reading

    func partition(_ id: TopicPartition) -> Partition? {
        lock.withLock { openPartitions[id] }
    }

    func definition(of topic: String) -> TopicDefinition? {
        lock.withLock { definitions[topic] }
    }

    /// Sorted.
    var names: [String] { lock.withLock { definitions.keys.sorted() } }

    /// All open partitions, sorted.
    var partitions: [Partition] {
        lock.withLock { openPartitions.values.sorted { $0.id < $1.id } }
    }

    // MARK: Changing

    func create(
        _ name: String, partitionCount: Int32, configuration: TopicConfiguration, now: Timestamp
    ) throws(BrokerError) {
        if let complaint = TopicName.complaint(about: name) { throw BrokerError(.invalidTopicException, complaint) }
        guard partitionCount > 0 else {
            throw BrokerError(.invalidPartitions, "a topic has at least one partition, '\(name)' not \(partitionCount)")
        }
        changes.lock()
        defer { changes.unlock() }
        guard definition(of: name) == nil else {
            throw BrokerError(.topicAlreadyExists, "there is a topic '\(name)' already")
        }
        let id = DataDirectory.hexadecimal(entropy.next()) + DataDirectory.hexadecimal(entropy.next())
        let definition = TopicDefinition(
            name: name, id: id, partitionCount: partitionCount, configuration: configuration)
        do {
            try store.clearDirectories(of: definition)
            try openPartitions(of: definition, cleanShutdown: true, now: now)
            try store.write(definition)
        } catch {
            for id in definition.partitions {
                _ = lock.withLock { openPartitions.removeValue(forKey: id) }
            }
            try? store.clearDirectories(of: definition)
            if let error = error as? DiskError { throw BrokerError(error) }
            throw (error as? BrokerError) ?? BrokerError(.unknownServerError, "\(error)")
        }
        lock.withLock { definitions[name] = definition }
    }

    func alter(_ name: String, set values: [String: String]) throws(BrokerError) {
        changes.lock()
        defer { changes.unlock() }
        guard var definition = definition(of: name) else {
            throw BrokerError(.unknownTopicOrPartition, "there is no topic '\(name)'")
        }
        definition.configuration = try TopicConfiguration(
            definition.configuration.values.merging(values) { $1 })
        do { try store.write(definition) } catch { throw BrokerError(error) }
        let changed = definition
        lock.withLock { definitions[name] = changed }
        for id in definition.partitions {
            try partition(id)?.withLog { log throws(LogError) in
                log.updateConfiguration(changed.configuration.log)
            }
        }
    }

    func delete(_ name: String) throws(BrokerError) {
        changes.lock()
        defer { changes.unlock() }
        guard let definition = definition(of: name) else {
            throw BrokerError(.unknownTopicOrPartition, "there is no topic '\(name)'")
        }
        guard !TopicName.isInternal(name) else {
            throw BrokerError(.invalidRequest, "the topic '\(name)' belongs to the broker")
        }
        do { try store.beginDeletion(of: definition) } catch { throw BrokerError(error) }
        let removed = lock.withLock {
            definitions[name] = nil
            return definition.partitions.compactMap { openPartitions.removeValue(forKey: $0) }
        }
        for partition in removed { try partition.delete() }
        do { try store.finishDeletion(of: definition) } catch { throw BrokerError(error) }
    }
}
