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
    private var definitions: [String: TopicDefinition] = [:] {
        didSet { changeCount += 1 }
    }
    /// Not 0, which is the number of no topics: what `init` finds is not counted.
    private var changeCount: UInt64 = 1
    private var namesByID: [TopicID: String] = [:]
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
            namesByID[definition.id] = definition.name
            try openPartitions(of: definition, cleanShutdown: cleanShutdown, now: now)
        }
    }

    private func openPartitions(
        of definition: TopicDefinition, from first: Int32 = 0, cleanShutdown: Bool, now: Timestamp
    ) throws(BrokerError) {
        for id in definition.partitions[Int(first)...] {
            do throws(LogError) {
                let log = try PartitionLog(
                    directory: store.directory(of: id), partition: id, configuration: definition.configuration.log,
                    disk: disk, now: now, cleanShutdown: cleanShutdown)
                lock.withLock { openPartitions[id] = Partition(log: log) }
            } catch {
                throw BrokerError(error, partition: id)
            }
            do {
                try store.writePartitionFiles(of: definition, id)
            } catch {
                // A full disk is no reason not to serve what is on it: the next opening writes them.
                guard error.reason == .noSpace else { throw BrokerError(error, partition: id) }
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

    func definition(of id: TopicID) -> TopicDefinition? {
        lock.withLock { namesByID[id].flatMap { definitions[$0] } }
    }

    /// Tells a topic from one that had its name before; 0 where there is none.
    func incarnation(of topic: String) -> Int64 {
        definition(of: topic).map { Int64(bitPattern: $0.id.high ^ $0.id.low) } ?? 0
    }

    /// Sorted.
    var names: [String] { lock.withLock { definitions.keys.sorted() } }

    /// What group coordinators see of the topics; nil where that has not changed since `version`.
    func groupTopics(ifNewerThan version: UInt64) -> GroupTopics? {
        lock.lock()
        let count = changeCount
        let current = count == version ? [] : Array(definitions.values)
        lock.unlock()
        guard count != version else { return nil }
        return GroupTopics(
            version: count,
            current.map { .init(name: $0.name, id: $0.id, partitionCount: $0.partitionCount) })
    }

    /// All open partitions, sorted.
    var partitions: [Partition] {
        lock.withLock { openPartitions.values.sorted { $0.id < $1.id } }
    }

    /// Tells Kafka's tools how far the logs are. What fails is tried again the next time.
    func writeOffsetCheckpoints() {
        var starts: [(TopicPartition, Offset)] = []
        var ends: [(TopicPartition, Offset)] = []
        var points: [(TopicPartition, Offset)] = []
        var cleaned: [(TopicPartition, Offset)] = []
        for partition in partitions {
            guard let marks = partition.marks else { continue }
            starts.append((partition.id, marks.logStart))
            ends.append((partition.id, marks.logEnd))
            points.append((partition.id, marks.syncedEnd))
            if let offset = marks.firstDirty { cleaned.append((partition.id, offset)) }
        }
        try? store.writeOffsetCheckpoint("log-start-offset-checkpoint", starts)
        try? store.writeOffsetCheckpoint("replication-offset-checkpoint", ends)
        try? store.writeOffsetCheckpoint("recovery-point-offset-checkpoint", points)
        try? store.writeOffsetCheckpoint("cleaner-offset-checkpoint", cleaned)
    }

    // MARK: Changing

    /// As many partitions are made by one request, as with Kafka's controller: each is a directory and an open file.
    static let partitionsPerRequestMax: Int32 = 10_000

    private func check(added count: Int32, to name: String) throws(BrokerError) {
        guard count <= Self.partitionsPerRequestMax else {
            throw BrokerError(
                .policyViolation,
                "\(count) partitions for '\(name)' in one request; at most \(Self.partitionsPerRequestMax) are made")
        }
    }

    /// - Parameter validateOnly: looks whether it would be allowed, and makes nothing.
    @discardableResult
    func create(
        _ name: String, partitionCount: Int32, configuration: TopicConfiguration, validateOnly: Bool = false,
        now: Timestamp
    ) throws(BrokerError) -> TopicDefinition {
        if let complaint = TopicName.complaint(about: name) { throw BrokerError(.invalidTopicException, complaint) }
        guard partitionCount > 0 else {
            throw BrokerError(.invalidPartitions, "a topic has at least one partition, '\(name)' not \(partitionCount)")
        }
        try check(added: partitionCount, to: name)
        changes.lock()
        defer { changes.unlock() }
        guard definition(of: name) == nil else {
            throw BrokerError(.topicAlreadyExists, "there is a topic '\(name)' already")
        }
        let definition = TopicDefinition(
            name: name, id: TopicID(randomHigh: entropy.next(), randomLow: entropy.next()),
            partitionCount: partitionCount, configuration: configuration)
        if validateOnly { return definition }
        try add(definition, from: 0, now: now)
        lock.withLock {
            definitions[name] = definition
            namesByID[definition.id] = name
        }
        return definition
    }

    /// Adds partitions behind those that there are.
    func grow(_ name: String, to count: Int32, validateOnly: Bool = false, now: Timestamp) throws(BrokerError) {
        changes.lock()
        defer { changes.unlock() }
        var definition = try requireDefinition(of: name)
        let old = definition.partitionCount
        guard count > old else {
            throw BrokerError(
                .invalidPartitions, "the topic '\(name)' has \(old) partitions; \(count) is not more")
        }
        try check(added: count - old, to: name)
        if validateOnly { return }
        definition.partitionCount = count
        try add(definition, from: old, now: now)
        let grown = definition
        lock.withLock { definitions[name] = grown }
    }

    /// Opens the partitions from `first` on and makes the definition durable; after an error there are none of them.
    private func add(_ definition: TopicDefinition, from first: Int32, now: Timestamp) throws(BrokerError) {
        do {
            try store.clearDirectories(of: definition, from: first)
            try openPartitions(of: definition, from: first, cleanShutdown: true, now: now)
            try store.write(definition)
        } catch {
            for id in definition.partitions[Int(first)...] {
                _ = lock.withLock { openPartitions.removeValue(forKey: id) }
            }
            try? store.clearDirectories(of: definition, from: first)
            if let error = error as? DiskError { throw BrokerError(error) }
            throw (error as? BrokerError) ?? BrokerError(.unknownServerError, "\(error)")
        }
    }

    /// - Parameter change: makes the new configs of the old ones.
    func alter(
        _ name: String, validateOnly: Bool = false,
        _ change: (TopicConfiguration) throws(BrokerError) -> TopicConfiguration
    ) throws(BrokerError) {
        changes.lock()
        defer { changes.unlock() }
        var definition = try requireDefinition(of: name)
        definition.configuration = try change(definition.configuration)
        if validateOnly { return }
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
        let definition = try requireDefinition(of: name)
        guard !TopicName.isInternal(name) else {
            throw BrokerError(.invalidRequest, "the topic '\(name)' belongs to the broker")
        }
        do { try store.beginDeletion(of: definition) } catch { throw BrokerError(error) }
        let removed = lock.withLock {
            definitions[name] = nil
            namesByID[definition.id] = nil
            return definition.partitions.compactMap { openPartitions.removeValue(forKey: $0) }
        }
        for partition in removed { try partition.delete() }
        do { try store.finishDeletion(of: definition) } catch { throw BrokerError(error) }
    }

    private func requireDefinition(of name: String) throws(BrokerError) -> TopicDefinition {
        guard let definition = definition(of: name) else {
            throw BrokerError(.unknownTopicOrPartition, "there is no topic '\(name)'")
        }
        return definition
    }
}
