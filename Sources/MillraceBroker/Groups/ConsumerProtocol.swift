/// The bytes that members of the protocol type `consumer` exchange through their coordinator: Kafka's
/// `ConsumerProtocolSubscription` and `ConsumerProtocolAssignment`, versions 0 to 3. Pure. Newer versions are read as
/// version 3, since they only add fields at the end.
package enum ConsumerProtocol {
    /// The protocol type of consumers.
    package static let type = "consumer"
    static let versionMax: Int16 = 3
}

/// What a member tells its leader.
///
/// | version | int16 |
/// | --- | --- |
/// | topics | [string] |
/// | user data | nullable bytes |
/// | owned partitions, v1 | [topic string, [int32]] |
/// | generation, v2 | int32 |
/// | rack id, v3 | nullable string |
package struct ConsumerSubscription: Hashable, Sendable {
    package var topics: [String]
    package var userData: [UInt8]?
    package var ownedPartitions: [ConsumerProtocolPartitions]
    package var generation: Int32
    package var rackID: String?

    package init(
        topics: [String], userData: [UInt8]? = nil, ownedPartitions: [ConsumerProtocolPartitions] = [],
        generation: Int32 = -1, rackID: String? = nil
    ) {
        self.topics = topics
        self.userData = userData
        self.ownedPartitions = ownedPartitions
        self.generation = generation
        self.rackID = rackID
    }

    package init(decoding bytes: [UInt8]) throws(GroupLogError) {
        var reader = GroupByteReader(bytes)
        let version = try reader.consumerVersion()
        topics = try reader.array { reader throws(GroupLogError) in try reader.string() }
        userData = try reader.nullableBytes()
        ownedPartitions = version >= 1 ? try reader.partitionLists() : []
        generation = version >= 2 ? try reader.integer() : -1
        rackID = version >= 3 ? try reader.nullableString() : nil
    }

    /// - Parameter version: 0 to 3.
    package func encoded(version: Int16 = 3) -> [UInt8] {
        var writer = GroupByteWriter()
        writer.integer(version)
        writer.array(topics) { $0.string($1) }
        writer.nullableBytes(userData)
        if version >= 1 { writer.partitionLists(ownedPartitions) }
        if version >= 2 { writer.integer(generation) }
        if version >= 3 { writer.nullableString(rackID) }
        return writer.bytes
    }
}

/// What a leader gives a member: version int16, [topic string, [int32]], user data as nullable bytes.
package struct ConsumerAssignment: Hashable, Sendable {
    package var partitions: [ConsumerProtocolPartitions]
    package var userData: [UInt8]?

    package init(partitions: [ConsumerProtocolPartitions], userData: [UInt8]? = nil) {
        self.partitions = partitions
        self.userData = userData
    }

    package init(decoding bytes: [UInt8]) throws(GroupLogError) {
        var reader = GroupByteReader(bytes)
        _ = try reader.consumerVersion()
        partitions = try reader.partitionLists()
        userData = try reader.nullableBytes()
    }

    /// - Parameter version: 0 to 3; the bytes after it are the same in all.
    package func encoded(version: Int16 = 3) -> [UInt8] {
        var writer = GroupByteWriter()
        writer.integer(version)
        writer.partitionLists(partitions)
        writer.nullableBytes(userData)
        return writer.bytes
    }
}

/// Partitions of one topic.
package struct ConsumerProtocolPartitions: Hashable, Sendable {
    package var topic: String
    package var partitions: [Int32]

    package init(topic: String, partitions: [Int32]) {
        self.topic = topic
        self.partitions = partitions
    }
}

extension GroupByteReader {
    fileprivate mutating func consumerVersion() throws(GroupLogError) -> Int16 {
        let version: Int16 = try integer()
        guard version >= 0 else { throw .unknownVersion(of: "consumer protocol", version) }
        return min(version, ConsumerProtocol.versionMax)
    }

    fileprivate mutating func partitionLists() throws(GroupLogError) -> [ConsumerProtocolPartitions] {
        try array { reader throws(GroupLogError) in
            let topic = try reader.string()
            let partitions = try reader.array { reader throws(GroupLogError) -> Int32 in try reader.integer() }
            return ConsumerProtocolPartitions(topic: topic, partitions: partitions)
        }
    }
}

extension GroupByteWriter {
    fileprivate mutating func partitionLists(_ lists: [ConsumerProtocolPartitions]) {
        array(lists) { writer, list in
            writer.string(list.topic)
            writer.array(list.partitions) { $0.integer($1) }
        }
    }
}
