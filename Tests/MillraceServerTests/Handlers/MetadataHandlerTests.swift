import MillraceBroker
import MillraceCore
import MillraceProtocol
import Testing
import WireClientKit

@testable import MillraceServer

@Suite("Metadata, coordinators and the cluster")
struct MetadataHandlerTests {
    private func server(_ configure: (inout ServerConfiguration) -> Void = { _ in }) throws -> TestServer {
        let server = try TestServer(onDisk: false, configure)
        try server.broker.createTopic("lines", partitionCount: 3)
        return server
    }

    @Test("all topics, none, or those that are named, by the version's rules")
    func whichTopics() throws {
        let server = try server()
        let client = try server.client()
        let all = ["__consumer_offsets", "__transaction_state", "lines"]
        #expect(try client.ask(Requests.metadata([]), version: 0).topics.map(\.name) == all)
        #expect(try client.ask(Requests.metadata([]), version: 1).topics.isEmpty)
        for version in 1...13 as ClosedRange<Int16> {
            let response = try client.ask(Requests.metadata(nil), version: version)
            #expect(response.topics.map(\.name) == all)
            #expect(response.topics.map(\.isInternal) == [true, true, false])
            #expect(response.brokers.map(\.port) == [Int32(server.port)])
            #expect(response.controllerID == response.brokers.first?.nodeID)
        }
        let lines = try #require(try client.ask(Requests.metadata(["lines"]), version: 12).topics.first)
        #expect(lines.partitions.map(\.partitionIndex) == [0, 1, 2])
        #expect(lines.partitions.allSatisfy { $0.leaderID == 0 && $0.inSyncReplicas == [0] && $0.leaderEpoch == 0 })
        #expect(lines.topicID != .zero)
    }

    @Test("topics are made on demand, where the client and the configuration allow it")
    func onDemand() throws {
        let server = try server()
        let client = try server.client()
        let made = try client.ask(Requests.metadata(["made"]), version: 12)
        #expect(made.topics.first?.error == KafkaErrorCode.none)
        #expect(made.topics.first?.partitions.count == 1)
        var unwanted = Requests.metadata(["unwanted"])
        unwanted.allowAutoTopicCreation = false
        #expect(try client.ask(unwanted, version: 12).topics.first?.error == .unknownTopicOrPartition)
        #expect(
            try client.ask(Requests.metadata(["no good"]), version: 12).topics.first?.error == .invalidTopicException)
        #expect(try server.broker.listTopics().contains("made"))
        #expect(try !server.broker.listTopics().contains("unwanted"))

        let strict = try self.server { $0.createsTopicsOnDemand = false }
        let other = try strict.client()
        let answer = try other.ask(Requests.metadata(["made"]), version: 12)
        #expect(answer.topics.first?.error == .unknownTopicOrPartition)
    }

    @Test("an id that no topic has, and operations where they are asked for")
    func idsAndOperations() throws {
        let server = try server()
        let client = try server.client()
        var request = Requests.metadata([""])
        request.topics?[0].name = nil
        request.topics?[0].topicID = WireUUID(high: 1, low: 2)
        let unknown = try #require(try client.ask(request, version: 12).topics.first)
        #expect(unknown.error == .unknownTopicID && unknown.name == nil)
        #expect(unknown.topicID == WireUUID(high: 1, low: 2))
        var operations = Requests.metadata(["lines"])
        #expect(try client.ask(operations, version: 10).topics.first?.topicAuthorizedOperations == .min)
        operations.includeTopicAuthorizedOperations = true
        operations.includeClusterAuthorizedOperations = true
        let answer = try client.ask(operations, version: 10)
        // What Kafka says without an authorizer.
        #expect(answer.topics.first?.topicAuthorizedOperations == 3_576)
        #expect(answer.clusterAuthorizedOperations == 8_096)
    }

    @Test("clients are told the address of their own listener")
    func advertised() throws {
        let server = try server {
            $0.listeners = [
                ListenerConfiguration(name: "INSIDE", port: 0),
                ListenerConfiguration(
                    name: "OUTSIDE", port: 0, advertisedHost: "broker.example", advertisedPort: 9_999),
            ]
        }
        let inside = try server.client().ask(Requests.metadata([]), version: 9)
        #expect(inside.brokers.map(\.host) == ["127.0.0.1"])
        let outside = try server.client(listener: 1).ask(Requests.metadata([]), version: 9)
        #expect(outside.brokers.map(\.host) == ["broker.example"])
        #expect(outside.brokers.map(\.port) == [9_999])
        var coordinator = FindCoordinatorRequest()
        coordinator.key = "group"
        #expect(try server.client(listener: 1).ask(coordinator, version: 2).host == "broker.example")
    }

    @Test("this broker coordinates groups and transactions, and nothing else", arguments: 0...6 as ClosedRange<Int16>)
    func coordinators(version: Int16) throws {
        let server = try server()
        let client = try server.client()
        var request = FindCoordinatorRequest()
        request.key = "a"
        request.coordinatorKeys = ["a", "b"]
        for type in 0...2 as ClosedRange<Int8> {
            if version == 0, type > 0 { continue }
            request.keyType = type
            let answer = try client.ask(request, version: version)
            let error: KafkaErrorCode = type == 2 ? .invalidRequest : .none
            if version < 4 {
                #expect(answer.error == error)
                #expect(answer.port == (type == 2 ? -1 : Int32(server.port)))
            } else {
                #expect(answer.coordinators.map(\.key) == ["a", "b"])
                #expect(answer.coordinators.map(\.error) == [error, error])
            }
        }
    }

    @Test("the cluster is this broker", arguments: 0...2 as ClosedRange<Int16>)
    func cluster(version: Int16) throws {
        let server = try server()
        let client = try server.client()
        var request = DescribeClusterRequest()
        let answer = try client.ask(request, version: version)
        #expect(answer.clusterID == server.broker.clusterID)
        #expect(answer.brokers.map(\.port) == [Int32(server.port)])
        guard version >= 1 else { return }
        request.endpointType = 2
        #expect(try client.ask(request, version: version).error == .mismatchedEndpointType)
    }
}
