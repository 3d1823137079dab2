internal import MillraceCore

/// The topics of a data directory, on disk. I/O on the `Disk` port; called under the broker's topic lock.
///
///     <data>/metadata/<topic>.properties   the definition; the topic exists once this name is durable
///     <data>/metadata/<topic>.deleting     the definition of a topic whose directories are being removed
///     <data>/topics/<topic>-<partition>/   the logs
///
/// A crash while a topic is made leaves at most directories without records, which the next topic of this name takes
/// over after clearing them. A crash while it is deleted leaves a `.deleting` file, and opening goes on with it.
struct TopicStore {
    let dataDirectory: String
    let disk: any Disk

    private var metadataDirectory: String { dataDirectory + "/metadata" }
    private static let suffix = ".properties"
    private static let deletingSuffix = ".deleting"

    func directory(of partition: TopicPartition) -> String {
        "\(dataDirectory)/topics/\(partition)"
    }

    /// Makes the directories, finishes deletions, and reads all definitions, sorted by name.
    func load() throws(BrokerError) -> [TopicDefinition] {
        do {
            try disk.createDirectory(metadataDirectory)
            try disk.createDirectory(dataDirectory + "/topics")
            try disk.syncDirectory(dataDirectory)
            var definitions: [TopicDefinition] = []
            for file in try disk.list(metadataDirectory) {
                let properties = PropertiesFile(file, in: metadataDirectory)
                if file.hasSuffix(Self.deletingSuffix) {
                    guard let values = try properties.read(from: disk) else { continue }
                    try finishDeletion(of: try TopicDefinition(properties: values, path: properties.path))
                } else if file.hasSuffix(Self.suffix), let values = try properties.read(from: disk) {
                    definitions.append(try TopicDefinition(properties: values, path: properties.path))
                }
            }
            return definitions.sorted { $0.name < $1.name }
        } catch let error as DiskError {
            throw BrokerError(error)
        } catch let error as BrokerError {
            throw error
        } catch {
            throw BrokerError(.unknownServerError, "\(error)")
        }
    }

    /// Clears what a crash may have left under the names of a topic's partitions.
    func clearDirectories(of definition: TopicDefinition, from first: Int32 = 0) throws(DiskError) {
        for partition in definition.partitions[Int(first)...] {
            let directory = directory(of: partition)
            if try disk.exists(directory) { try disk.removeDirectory(directory) }
        }
    }

    /// What Kafka's tools look for in a partition's directory beside the log; nothing here reads it.
    ///
    ///     partition.metadata        version: 0        leader-epoch-checkpoint    0      the version
    ///                               topic_id: …                                  1      so many lines
    ///                                                                            0 0    epoch and its first offset
    func writePartitionFiles(of definition: TopicDefinition, _ partition: TopicPartition) throws(DiskError) {
        let directory = directory(of: partition)
        let contents = [
            "partition.metadata": "version: 0\ntopic_id: \(definition.id)\n",
            "leader-epoch-checkpoint": "0\n1\n0 0\n",
        ]
        for (name, text) in contents.sorted(by: { $0.key < $1.key }) {
            let path = directory + "/" + name
            if try disk.exists(path) { continue }
            var writer = ByteWriter()
            writer.append(utf8: text)
            let file = try disk.open(path, create: true)
            try file.write(at: 0, writer.bytes)
            file.close()
        }
    }

    /// Offsets of all partitions as Kafka keeps them, for its tools; nothing here reads it.
    ///
    ///     0                          the version
    ///     2                          so many lines
    ///     chat 0 1234                topic, partition, offset
    func writeOffsetCheckpoint(_ name: String, _ offsets: [(TopicPartition, Offset)]) throws(DiskError) {
        var writer = ByteWriter()
        writer.append(utf8: "0\n\(offsets.count)\n")
        for (id, offset) in offsets { writer.append(utf8: "\(id.topic) \(id.partition) \(offset)\n") }
        let path = dataDirectory + "/topics/" + name
        let file = try disk.open(path + ".tmp", create: true)
        try file.truncate(to: 0)
        try file.write(at: 0, writer.bytes)
        file.close()
        try disk.rename(path + ".tmp", to: path)
    }

    /// Makes the definition durable: from here on the topic exists.
    func write(_ definition: TopicDefinition) throws(DiskError) {
        try disk.syncDirectory(dataDirectory + "/topics")
        try file(of: definition.name).write(definition.properties, to: disk)
    }

    /// From here on the topic does not exist, whatever becomes of its directories.
    func beginDeletion(of definition: TopicDefinition) throws(DiskError) {
        try disk.rename(
            file(of: definition.name).path, to: metadataDirectory + "/" + definition.name + Self.deletingSuffix)
        try disk.syncDirectory(metadataDirectory)
    }

    func finishDeletion(of definition: TopicDefinition) throws(DiskError) {
        try clearDirectories(of: definition)
        try disk.syncDirectory(dataDirectory + "/topics")
        try disk.removeFile(metadataDirectory + "/" + definition.name + Self.deletingSuffix)
        try disk.syncDirectory(metadataDirectory)
    }

    private func file(of topic: String) -> PropertiesFile {
        PropertiesFile(topic + Self.suffix, in: metadataDirectory)
    }
}
