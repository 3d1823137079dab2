public import MillraceCluster
internal import MillraceCore

/// How many records lie between the positions a group has committed and the ends of the topics it reads. Does I/O
/// through the cluster; one thread owns it.
///
/// The difference of the offsets would count the markers of transactions too, and the last ones are never committed by
/// anybody, since nothing comes after them. So where little is left, it is read.
public final class GroupLag {
    /// Differences up to this are read, larger ones are good enough as they are.
    private static let readMax: Int64 = 100

    private let cluster: any Cluster
    private let group: String
    private let reader: any ClusterConsumer

    /// - Parameters:
    ///   - group: the consumer group; an application's is its id.
    ///   - cluster: where the group and its topics are.
    /// - Throws: `ClusterError`.
    public init(of group: String, in cluster: any Cluster) throws {
        self.group = group
        self.cluster = cluster
        reader = try cluster.makeConsumer(ConsumerConfiguration(groupID: nil, clientID: "\(group)-lag"))
    }

    /// Over all partitions of `topic`; 0 where there is no such topic.
    ///
    /// - Throws: `ClusterError`.
    public func records(in topic: String) throws -> Int64 {
        guard let description = try cluster.admin.describeTopic(topic) else { return 0 }
        let partitions = (0..<description.partitionCount).map { TopicPartition(topic, $0) }
        let committed = try cluster.admin.committedOffsets(group: group, partitions: partitions)
        return try partitions.reduce(0) { try $0 + records(in: $1, from: committed[$1]?.offset ?? .zero) }
    }

    private func records(in partition: TopicPartition, from start: Offset) throws -> Int64 {
        let end = try cluster.admin.offset(of: partition, at: .latest(.readUncommitted)) ?? .zero
        let stableEnd = try cluster.admin.offset(of: partition, at: .latest(.readCommitted)) ?? .zero
        let difference = end.rawValue - start.rawValue
        guard difference > 0, difference <= GroupLag.readMax, stableEnd == end else { return max(0, difference) }
        try reader.assign([partition])
        try reader.seek(partition, to: start)
        var count: Int64 = 0
        var fetched: [FetchedBatches] = []
        while try reader.position(of: partition) < end {
            _ = try reader.poll(maxWait: .zero, into: &fetched)
            // Nothing but markers.
            guard !fetched.isEmpty else { break }
            for batches in fetched { count += try GroupLag.records(in: batches, from: start) }
        }
        return count
    }

    private static func records(in fetched: FetchedBatches, from start: Offset) throws -> Int64 {
        var count: Int64 = 0
        for batch in fetched.batches {
            var cursor = RecordCursor(header: batch.header, recordsAt: batch.recordsStart)
            while let slot = try cursor.next(in: fetched.buffer.bytes) {
                if slot.offset >= start { count += 1 }
            }
        }
        return count
    }

    /// Over all topics that the application reads, its own repartition topics included.
    ///
    /// - Throws: `ClusterError`.
    public func records(of topology: Topology) throws -> Int64 {
        try Set(topology.subtopologies.flatMap(\.sourceTopics)).reduce(0) { sum, topic in
            try sum + records(in: topic.name(applicationID: group))
        }
    }

    /// Gives back the consumer that it reads with.
    public func close() { reader.close() }
}
