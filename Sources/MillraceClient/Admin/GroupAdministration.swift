package import MillraceCore
internal import MillraceProtocol

/// A group as brokers list it.
package struct GroupListing: Hashable, Sendable {
    package var id: String
    /// `Stable`, `Empty` … as Kafka calls it; empty where the broker is too old to say.
    package var state: String
    /// `classic`, `consumer` …
    package var type: String
    package var protocolType: String
}

/// A group with its members.
package struct GroupDescription: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package var id: String
        package var instanceID: String?
        package var clientID: String
        package var host: String
        package var partitions: [TopicPartition]
    }
    package var id: String
    package var state: String
    package var type: String
    package var assignor: String
    package var members: [Member]

    /// Whether its offsets may be set by others than its members.
    package var isInactive: Bool { state == "Empty" || state == "Dead" || members.isEmpty }
}

/// A committed position.
package struct CommittedPosition: Hashable, Sendable {
    package var offset: Int64
    package var metadata: String

    package init(offset: Int64, metadata: String = "") {
        self.offset = offset
        self.metadata = metadata
    }
}

extension ClusterClient {
    /// All groups of the cluster, by id.
    package func groups() throws(ClientError) -> [GroupListing] {
        var groups: [String: GroupListing] = [:]
        for broker in try knownBrokers().keys.sorted() {
            let answer = try ask(ListGroupsRequest(), of: .broker(broker)) { answer throws(ClientError) in
                if let error = ClientError.ifAny(answer.error, nil, subject: "list groups") { throw error }
            }
            for group in answer.groups {
                groups[group.groupID] = GroupListing(
                    id: group.groupID, state: group.groupState, type: group.groupType.lowercased(),
                    protocolType: group.protocolType)
            }
        }
        return groups.values.sorted { $0.id < $1.id }
    }

    /// - Throws: `ClientError.refused` with `groupIDNotFound` where there is none.
    package func group(_ id: String) throws(ClientError) -> GroupDescription {
        // Groups of the new protocol (KIP-848) have an API of their own; it does not know the classic ones.
        do {
            if let group = try newProtocolGroup(id) { return group }
        } catch .unsupported {
            return try classicGroup(id)
        }
        return try classicGroup(id)
    }

    private func newProtocolGroup(_ id: String) throws(ClientError) -> GroupDescription? {
        var request = ConsumerGroupDescribeRequest()
        request.groupIDs = [id]
        let answer = try ask(request, of: .groupCoordinator(id)) { answer throws(ClientError) in
            try ClusterClient.retryIfPassing(answer.groups.map(\.error), subject: "group \(id)")
        }
        guard let group = answer.groups.first, group.error == .none else { return nil }
        return GroupDescription(
            id: id, state: group.groupState, type: "consumer", assignor: group.assignorName,
            members: group.members.map { member in
                GroupDescription.Member(
                    id: member.memberID, instanceID: member.instanceID, clientID: member.clientID,
                    host: member.clientHost,
                    partitions: member.assignment.topicPartitions.flatMap { topic in
                        topic.partitionIndexes.map { TopicPartition(topic.topicName, $0) }
                    }.sorted())
            })
    }

    private func classicGroup(_ id: String) throws(ClientError) -> GroupDescription {
        var request = DescribeGroupsRequest()
        request.groups = [id]
        let answer = try ask(request, of: .groupCoordinator(id)) { answer throws(ClientError) in
            try ClusterClient.retryIfPassing(answer.groups.map(\.error), subject: "group \(id)")
        }
        guard let group = answer.groups.first else { throw .badAnswer("no group \(id) in it") }
        if let error = ClientError.ifAny(group.error, group.errorMessage, subject: "group \(id)") { throw error }
        // What the coordinator does not know it calls dead, up to version 5.
        guard group.groupState != "Dead" else {
            throw .refused(.groupIDNotFound, subject: "group \(id)", message: nil)
        }
        return GroupDescription(
            id: id, state: group.groupState, type: "classic", assignor: group.protocolData,
            members: group.members.map { member in
                GroupDescription.Member(
                    id: member.memberID, instanceID: member.groupInstanceID, clientID: member.clientID,
                    host: member.clientHost,
                    partitions: group.protocolType == "consumer"
                        ? ConsumerAssignmentBytes.partitions(member.memberAssignment) : [])
            })
    }

    /// What the group has committed; nil asks for all.
    ///
    /// - Parameter requiresStable: refuse with `unstableOffsetCommit` what an open transaction may still change
    ///   (KIP-447).
    package func committed(
        by group: String, _ partitions: [TopicPartition]? = nil, requiresStable: Bool = false
    ) throws(ClientError) -> [TopicPartition: CommittedPosition] {
        var request = OffsetFetchRequest()
        let topics = partitions.map { list in
            Dictionary(grouping: list, by: \.topic).sorted { $0.key < $1.key }.map { name, list in
                var topic = OffsetFetchRequest.Topic()
                topic.name = name
                topic.partitionIndexes = list.map(\.partition).sorted()
                return topic
            }
        }
        // The same for versions before 8 and since.
        request.groupID = group
        request.topics = topics
        var entry = OffsetFetchRequest.Group()
        entry.groupID = group
        entry.topics = topics
        request.groups = [entry]
        request.requireStable = requiresStable
        // Since version 10 topics are told by id.
        let answer = try ask(request, of: .groupCoordinator(group), newest: 9) { answer throws(ClientError) in
            let code = answer.groups.first?.error ?? answer.error
            if let error = ClientError.ifAny(code, nil, subject: "group \(group)") { throw error }
        }
        var positions: [TopicPartition: CommittedPosition] = [:]
        for topic in answer.groups.first?.topics ?? answer.topics {
            for partition in topic.partitions {
                let name = TopicPartition(topic.name, partition.partitionIndex)
                if let error = ClientError.ifAny(partition.error, nil, subject: "\(name)") { throw error }
                guard partition.committedOffset >= 0 else { continue }
                positions[name] = CommittedPosition(
                    offset: partition.committedOffset, metadata: partition.metadata ?? "")
            }
        }
        return positions
    }

    /// Sets positions of a group that has no members.
    package func commit(
        _ offsets: [TopicPartition: Int64], of group: String
    ) throws(ClientError) {
        try commit(offsets.mapValues { CommittedPosition(offset: $0) }, by: GroupSeat(group: group))
    }

    package func deleteGroups(_ ids: [String]) throws(ClientError) -> AdministrationResults {
        var results: AdministrationResults = []
        for id in ids {
            var request = DeleteGroupsRequest()
            request.groupNames = [id]
            let answer = try ask(request, of: .groupCoordinator(id)) { answer throws(ClientError) in
                try ClusterClient.retryIfPassing(answer.results.map(\.error), subject: "group \(id)")
            }
            results.append((id, .ifAny(answer.results.first?.error ?? .none, nil)))
        }
        return results
    }

    /// Forgets positions of topics that the group does not read now.
    package func deleteOffsets(
        of group: String, _ partitions: [TopicPartition]
    ) throws(ClientError) -> AdministrationResults {
        var request = OffsetDeleteRequest()
        request.groupID = group
        request.topics = Dictionary(grouping: partitions, by: \.topic).sorted { $0.key < $1.key }.map { name, list in
            var topic = OffsetDeleteRequest.Topic()
            topic.name = name
            topic.partitions = list.sorted().map { partition in
                var entry = OffsetDeleteRequest.Partition()
                entry.partitionIndex = partition.partition
                return entry
            }
            return topic
        }
        let answer = try ask(request, of: .groupCoordinator(group)) { answer throws(ClientError) in
            if let error = ClientError.ifAny(answer.error, nil, subject: "group \(group)") { throw error }
        }
        return answer.topics.flatMap { topic in
            topic.partitions.map {
                ("\(TopicPartition(topic.name, $0.partitionIndex))", ClientError.ifAny($0.error, nil))
            }
        }
    }

    static func retryIfPassing(_ codes: [KafkaErrorCode], subject: String) throws(ClientError) {
        let passing: Set<KafkaErrorCode> = [
            .coordinatorLoadInProgress, .coordinatorNotAvailable, .notCoordinator, .concurrentTransactions,
        ]
        if let code = codes.first(where: passing.contains) { throw .refused(code, subject: subject, message: nil) }
    }
}

/// The bytes with which the leader of a classic group tells a consumer its partitions: version int16,
/// [topic string, [int32]], user data (Kafka's `ConsumerProtocolAssignment`). Pure.
enum ConsumerAssignmentBytes {
    /// None where the bytes are something else: a group of another client's making.
    static func partitions(_ bytes: [UInt8]) -> [TopicPartition] {
        (try? read(bytes.span.bytes)) ?? []
    }

    private static func read(_ bytes: RawSpan) throws -> [TopicPartition] {
        guard bytes.byteCount > 0 else { return [] }
        var reader = ByteReader(position: 2)
        var partitions: [TopicPartition] = []
        var topics: Int32 = try reader.read(from: bytes)
        while topics > 0 {
            let length: Int16 = try reader.read(from: bytes)
            let topic = bytes.extracting(try reader.readRange(Int(length), from: bytes)).lossyUTF8
            var count: Int32 = try reader.read(from: bytes)
            while count > 0 {
                partitions.append(TopicPartition(topic, try reader.read(from: bytes)))
                count -= 1
            }
            topics -= 1
        }
        return partitions.sorted()
    }
}
