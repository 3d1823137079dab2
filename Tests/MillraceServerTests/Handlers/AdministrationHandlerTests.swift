import MillraceBroker
import MillraceCore
import MillraceProtocol
import Testing
import WireClientKit

@testable import MillraceServer

@Suite("Administration, over the wire")
struct AdministrationHandlerTests {
    private func topic(
        _ name: String, partitions: Int32 = 2, replication: Int16 = 1, configs: [String: String] = [:]
    ) -> CreateTopicsRequest.Topic {
        var topic = CreateTopicsRequest.Topic()
        topic.name = name
        topic.partitionCount = partitions
        topic.replicationFactor = replication
        topic.configs = configs.sorted { $0.key < $1.key }.map { name, value in
            var config = CreateTopicsRequest.Config()
            config.name = name
            config.value = value
            return config
        }
        return topic
    }

    @Test("topics are made one by one: what is refused says why, the rest is there")
    func createTopics() throws {
        let server = try TestServer(onDisk: false)
        let client = try server.client()
        var assigned = topic("assigned", partitions: -1, replication: -1)
        assigned.assignments = (0..<2 as Range<Int32>).map { index in
            var assignment = CreateTopicsRequest.Assignment()
            assignment.partitionIndex = index
            assignment.brokerIDs = [0]
            return assignment
        }
        var elsewhere = assigned
        elsewhere.name = "elsewhere"
        elsewhere.assignments[0].brokerIDs = [7]
        var request = CreateTopicsRequest()
        request.topics = [
            topic("a", configs: ["retention.ms": "1000"]), topic("default", partitions: -1, replication: -1),
            topic("replicated", replication: 3), topic("b", configs: ["no.such": "1"]), topic("bad/name"),
            topic("c", partitions: 0), topic("twice"), topic("twice"), assigned, elsewhere,
        ]
        let response = try client.ask(request, version: 7)
        let errors = Dictionary(uniqueKeysWithValues: response.topics.map { ($0.name, $0.error) })
        #expect(
            errors == [
                "a": .none, "default": .none, "replicated": .none, "b": .invalidConfig,
                "bad/name": .invalidTopicException, "c": .invalidPartitions, "twice": .invalidRequest,
                "assigned": .none, "elsewhere": .invalidReplicaAssignment,
            ])
        let made = try #require(response.topics.first { $0.name == "a" })
        #expect(made.topicID != .zero && made.partitionCount == 2 && made.replicationFactor == 1)
        #expect(made.configs?.first { $0.name == "retention.ms" }?.value == "1000")
        #expect(try client.ask(request, version: 7).topics.first?.error == .topicAlreadyExists)
        request.topics = [topic("later")]
        request.validateOnly = true
        #expect(try client.ask(request, version: 7).topics.first?.error == KafkaErrorCode.none)
        #expect(try server.broker.describeTopic("later") == nil)
    }

    @Test("replicas are refused where the server is told to")
    func replicationRefused() throws {
        let server = try TestServer(onDisk: false) { $0.clampsReplicationFactor = false }
        var request = CreateTopicsRequest()
        request.topics = [topic("a", replication: 3)]
        #expect(try server.client().ask(request, version: 5).topics.first?.error == .invalidReplicationFactor)
    }

    @Test("topics grow, are paged through, and are deleted by name and by id")
    func lifeOfTopics() throws {
        let server = try TestServer(onDisk: false)
        try server.broker.createTopic("a", partitionCount: 2)
        let id = WireUUID(try server.broker.createTopic("b", partitionCount: 3).id)
        let client = try server.client()
        var grown = CreatePartitionsRequest.Topic()
        grown.name = "a"
        grown.count = 5
        grown.assignments = nil
        var grow = CreatePartitionsRequest()
        grow.topics = [grown]
        #expect(try client.ask(grow, version: 3).results.map(\.error) == [.none])
        #expect(try client.ask(grow, version: 3).results.map(\.error) == [.invalidPartitions])

        var page = DescribeTopicPartitionsRequest()
        page.responsePartitionLimit = 4
        page.topics = ["b", "a", "none"].map { name in
            var topic = DescribeTopicPartitionsRequest.Topic()
            topic.name = name
            return topic
        }
        let first = try client.ask(page, version: 0)
        #expect(first.topics.map { $0.partitions.count } == [4])
        let cursor = try #require(first.nextCursor)
        #expect(cursor.topicName == "a" && cursor.partitionIndex == 4)
        page.cursor = DescribeTopicPartitionsRequest.Cursor()
        page.cursor?.topicName = cursor.topicName
        page.cursor?.partitionIndex = cursor.partitionIndex
        let second = try client.ask(page, version: 0)
        #expect(second.topics.map { $0.partitions.map(\.partitionIndex) } == [[4], [0, 1, 2]])
        #expect(second.nextCursor?.topicName == "none")

        var byID = DeleteTopicsRequest.Topic()
        byID.topicID = id
        var byName = DeleteTopicsRequest.Topic()
        byName.name = "a"
        var delete = DeleteTopicsRequest()
        delete.topics = [byID, byName, byID]
        let deleted = try client.ask(delete, version: 6).topics
        #expect(deleted.map(\.error) == [.none, .none, .unknownTopicID])
        #expect(deleted.map(\.name) == ["b", "a", nil])
        var old = DeleteTopicsRequest()
        old.topicNames = ["a", "__consumer_offsets"]
        #expect(try client.ask(old, version: 5).topics.map(\.error) == [.unknownTopicOrPartition, .invalidRequest])
    }

    @Test("configs are described with their sources, and changed step by step or as a whole")
    func configs() throws {
        let server = try TestServer(onDisk: false)
        try server.broker.createTopic("a", partitionCount: 1, configuration: ["retention.ms": "5000"])
        let client = try server.client()
        func resource(_ type: Int8, _ name: String) -> DescribeConfigsRequest.Resource {
            var resource = DescribeConfigsRequest.Resource()
            resource.resourceType = type
            resource.resourceName = name
            resource.configurationKeys = nil
            return resource
        }
        func value(_ name: String) throws -> String? {
            var request = DescribeConfigsRequest()
            request.resources = [resource(2, "a")]
            return try client.ask(request, version: 4).results.first?.configs.first { $0.name == name }?.value
        }
        var describe = DescribeConfigsRequest()
        describe.includeSynonyms = true
        describe.resources = [
            resource(2, "a"), resource(2, "none"), resource(4, "0"), resource(4, "7"), resource(8, "0"),
            resource(32, "g"),
        ]
        let described = try client.ask(describe, version: 4).results
        #expect(
            described.map(\.error) == [
                .none, .unknownTopicOrPartition, .none, .invalidRequest, .invalidRequest, .none,
            ])
        let retention = try #require(described[0].configs.first { $0.name == "retention.ms" })
        #expect(retention.value == "5000" && retention.configSource == 1 && retention.configType == 5)
        #expect(retention.synonyms.map(\.value) == ["5000", "604800000"])
        #expect(described[0].configs.first { $0.name == "cleanup.policy" }?.configSource == 5)
        let changeable = described[2].configs.filter { !$0.isReadOnly }.map(\.name)
        #expect(changeable.isEmpty)

        func change(_ name: String, _ operation: Int8, _ value: String?) throws -> KafkaErrorCode? {
            var config = IncrementalAlterConfigsRequest.Config()
            config.name = name
            config.operation = operation
            config.value = value
            var resource = IncrementalAlterConfigsRequest.Resource()
            resource.resourceType = 2
            resource.resourceName = "a"
            resource.configs = [config]
            var request = IncrementalAlterConfigsRequest()
            request.resources = [resource]
            return try client.ask(request, version: 1).resources.first?.error
        }
        #expect(try change("cleanup.policy", 2, "compact") == KafkaErrorCode.none)
        #expect(try value("cleanup.policy") == "delete,compact")
        #expect(try change("cleanup.policy", 3, "delete") == KafkaErrorCode.none)
        #expect(try value("cleanup.policy") == "compact")
        #expect(try change("retention.ms", 1, nil) == KafkaErrorCode.none)
        #expect(try value("retention.ms") == "604800000")
        #expect(try change("retention.ms", 0, "soon") == .invalidConfig)
        #expect(try change("retention.ms", 9, "1") == .invalidRequest)

        var whole = AlterConfigsRequest.Resource()
        whole.resourceType = 2
        whole.resourceName = "a"
        var replace = AlterConfigsRequest()
        replace.resources = [whole]
        #expect(try client.ask(replace, version: 2).resources.map(\.error) == [.none])
        #expect(try value("cleanup.policy") == "delete", "what is not named goes back to its default")
    }

    @Test("records are deleted up to an offset; directories and resources are told")
    func recordsAndDirectories() throws {
        let server = try TestServer(onDisk: true)
        try server.broker.createTopic("a", partitionCount: 1)
        let client = try server.client()
        _ = try client.ask(Requests.produce("a", batch: Requests.batch(["x", "y", "z"])), version: 9)
        func delete(_ offset: Int64, _ index: Int32 = 0) throws -> (KafkaErrorCode?, Int64?) {
            var partition = DeleteRecordsRequest.Partition()
            partition.partitionIndex = index
            partition.offset = offset
            var topic = DeleteRecordsRequest.Topic()
            topic.name = "a"
            topic.partitions = [partition]
            var request = DeleteRecordsRequest()
            request.topics = [topic]
            let answer = try client.ask(request, version: 2).topics.first?.partitions.first
            return (answer?.error, answer?.lowWatermark)
        }
        #expect(try delete(2) == (KafkaErrorCode.none, 2))
        #expect(try delete(9) == (.offsetOutOfRange, -1))
        #expect(try delete(-1) == (KafkaErrorCode.none, 3))
        #expect(try delete(0, -4) == (.unknownTopicOrPartition, -1))

        var all = DescribeLogDirectoriesRequest()
        all.topics = nil
        let directory = try #require(try client.ask(all, version: 4).results.first)
        #expect(directory.totalBytes > 0 && directory.usableBytes > 0)
        #expect(directory.topics.first { $0.name == "a" }?.partitions.first?.partitionSize ?? 0 > 0)

        let resources = try client.ask(ListConfigResourcesRequest(), version: 1).configResources
        #expect(resources.contains { $0.resourceType == 2 && $0.resourceName == "a" })
        #expect(resources.contains { $0.resourceType == 4 && $0.resourceName == "0" })
    }

    @Test("what only several brokers could do is answered as by a cluster of one")
    func alone() throws {
        let server = try TestServer(onDisk: false)
        try server.broker.createTopic("a", partitionCount: 1)
        let client = try server.client()
        var elected = ElectLeadersRequest.Topic()
        elected.name = "a"
        elected.partitionIndexes = [0, 1]
        var elect = ElectLeadersRequest()
        elect.topics = [elected]
        let leaders = try client.ask(elect, version: 2).topics.first?.partitions.map(\.error)
        #expect(leaders == [.electionNotNeeded, .unknownTopicOrPartition])

        var moved = AlterPartitionReassignmentsRequest.Topic()
        moved.name = "a"
        moved.partitions = [nil, [0], [1]].map { (replicas: [Int32]?) in
            var partition = AlterPartitionReassignmentsRequest.Partition()
            partition.replicas = replicas
            return partition
        }
        var move = AlterPartitionReassignmentsRequest()
        move.topics = [moved]
        #expect(
            try client.ask(move, version: 1).topics.first?.partitions.map(\.error) == [
                .noReassignmentInProgress, .none, .invalidReplicaAssignment,
            ])
        #expect(try client.ask(DescribeACLsRequest(), version: 3).error == .securityDisabled)
        var quorum = DescribeQuorumRequest()
        var metadata = DescribeQuorumRequest.Topic()
        metadata.name = "__cluster_metadata"
        metadata.partitions = [DescribeQuorumRequest.Partition()]
        quorum.topics = [metadata]
        #expect(
            try client.ask(quorum, version: 2).topics.first?.partitions.first?.currentVoters.map(\.replicaID) == [0])
    }
}
