import MillraceBroker
import MillraceClient
import MillraceCore
import MillraceProtocol
import MillraceSimulation

@testable import MillraceKafka

/// A cluster of three brokers whose leaders move, on a network that loses requests, answers and connections by a seed.
/// What gets through is done by a real broker. Time passes only where the producer waits. One thread; no sockets.
final class SimulatedWire: ProducerWire {
    struct Chances {
        /// Once in so many times; 0 is never.
        var lostConnection = 12
        var lostAnswer = 12
        /// Requests of a connection that has ended may be worked off all the same, later.
        var zombieRequest = 2
        var moveLeader = 15
        /// The broker has appended, and says that its replicas were late; or has not, and says so.
        var lateReplicas = 25
        var fewReplicas = 25
        var lostAsk = 10
        /// A broker that has forgotten the producer.
        var unknownProducer = 0
    }

    fileprivate struct Request {
        let number: Int
        let newest: Int16
        let body: ProduceRequest
        /// The bytes as they were when they were sent.
        let records: [SharedBuffer]
        let arrival: Int64
    }

    private struct Node {
        var requests: [Request] = []
        var answers: [(time: Int64, event: ProduceEvent)] = []
    }

    /// What all producers share.
    final class World {
        let broker: Broker
        let version: TransactionVersion
        let chances: Chances
        fileprivate var dice: SeededGenerator
        fileprivate var milliseconds: Int64 = 1_000
        fileprivate var zombies: [(node: Int32, request: Request)] = []
        fileprivate var leaders: [TopicPartition: (node: Int32, epoch: Int32)] = [:]

        init(
            _ broker: Broker, partitions: [TopicPartition], version: TransactionVersion, chances: Chances, seed: UInt64
        ) {
            self.broker = broker
            self.version = version
            self.chances = chances
            dice = SeededGenerator(seed: seed)
            for (index, partition) in partitions.enumerated() { leaders[partition] = (Int32(index % 3) + 1, 1) }
        }
    }

    private let world: World
    private var nodes: [Int32: Node] = [1: Node(), 2: Node(), 3: Node()]

    init(_ world: World) { self.world = world }

    var now: MonotonicTime { MonotonicTime(milliseconds: world.milliseconds) }
    func random() -> UInt64 { world.dice.next() }
    private var broker: Broker { world.broker }
    private var chances: Chances { world.chances }

    // MARK: Leaders

    func submit(
        _ request: ProduceRequest, records: [SharedBuffer], number: Int, to broker: Int32, at address: BrokerAddress,
        newest: Int16
    ) throws(ClientError) {
        let copies = records.map { batch in
            let copy = SharedBuffer(capacity: batch.count)
            copy.fill { $0.append(batch.bytes) }
            return copy
        }
        let arrival =
            max(world.milliseconds, nodes[broker]?.requests.last?.arrival ?? 0)
            + Int64.random(in: 0...5, using: &world.dice)
        nodes[broker]?.requests.append(
            Request(number: number, newest: newest, body: request, records: copies, arrival: arrival))
        if world.dice.once(in: chances.lostConnection) {
            end(broker)
            throw .unreachable("broker \(broker)", reason: "simulated, while sending")
        }
    }

    func takeEvents() -> [ProduceEvent] {
        work()
        var events: [ProduceEvent] = []
        for node in nodes.keys.sorted() {
            while let first = nodes[node]?.answers.first, first.time <= world.milliseconds {
                nodes[node]?.answers.removeFirst()
                events.append(first.event)
            }
        }
        return events
    }

    /// Time goes on to the next thing that happens.
    func wait(until time: MonotonicTime) {
        work()
        let times = nodes.values.flatMap { node in node.requests.map(\.arrival) + node.answers.map(\.time) }
        let next = times.filter { $0 > world.milliseconds }.min() ?? time.milliseconds
        world.milliseconds = max(world.milliseconds, min(next, time.milliseconds))
        work()
    }

    func disconnect(_ broker: Int32) { end(broker) }

    func disconnectAll() { for node in nodes.keys { end(node) } }

    /// What has arrived may still be worked off, in any order with what comes over new connections.
    private func end(_ node: Int32) {
        for request in nodes[node]?.requests ?? [] where world.dice.once(in: chances.zombieRequest) {
            world.zombies.append((node, request))
        }
        nodes[node] = Node()
    }

    private func work() {
        if !world.zombies.isEmpty, world.dice.once(in: 4) {
            let (node, request) = world.zombies.removeFirst()
            _ = respond(to: request, node)
        }
        for id in nodes.keys.sorted() {
            while let request = nodes[id]?.requests.first, request.arrival <= world.milliseconds {
                nodes[id]?.requests.removeFirst()
                let response = respond(to: request, id)
                if world.dice.once(in: chances.lostAnswer) {
                    end(id)
                    nodes[id]?.answers.append(
                        (world.milliseconds + 1, .lost(id, .unreachable("broker \(id)", reason: "simulated"))))
                    break
                }
                let last = nodes[id]?.answers.last?.time ?? 0
                let time = max(world.milliseconds, last) + Int64.random(in: 0...5, using: &world.dice)
                nodes[id]?.answers.append((time, .answered(request.number, response)))
            }
        }
    }

    // MARK: Produce

    private func respond(to request: Request, _ node: Int32) -> ProduceResponse {
        moveLeader()
        var response = ProduceResponse()
        var batches = request.records.makeIterator()
        for topic in request.body.topics {
            var answer = ProduceResponse.Topic()
            answer.name = topic.name
            for partition in topic.partitions {
                guard let batch = batches.next() else { preconditionFailure("records for each partition") }
                answer.partitions.append(
                    append(batch, to: TopicPartition(topic.name, partition.partitionIndex), node, request, &response))
            }
            response.topics.append(answer)
        }
        return response
    }

    private func append(
        _ batch: SharedBuffer, to id: TopicPartition, _ node: Int32, _ request: Request,
        _ response: inout ProduceResponse
    ) -> ProduceResponse.Partition {
        var answer = ProduceResponse.Partition()
        answer.partitionIndex = id.partition
        answer.baseOffset = -1
        guard let leader = world.leaders[id], leader.node == node else {
            answer.error = .notLeaderOrFollower
            if let leader = world.leaders[id], world.dice.once(in: 2) {
                answer.currentLeader.leaderID = leader.node
                answer.currentLeader.leaderEpoch = leader.epoch
                var endpoint = ProduceResponse.NodeEndpoint()
                endpoint.nodeID = leader.node
                endpoint.host = "node\(leader.node)"
                endpoint.port = 9092
                response.nodeEndpoints.append(endpoint)
            }
            return answer
        }
        if world.dice.once(in: chances.fewReplicas) {
            answer.error = .notEnoughReplicas
            return answer
        }
        if world.dice.once(in: chances.unknownProducer) {
            answer.error = .unknownProducerID
            return answer
        }
        do throws(BrokerError) {
            let records = try broker.produce(
                batch.bytes, to: try broker.partition(id), transactionalID: request.body.transactionalID,
                version: min(12, request.newest))
            answer.baseOffset = records.baseOffset.rawValue
            if world.dice.once(in: chances.lateReplicas) { answer.error = .notEnoughReplicasAfterAppend }
        } catch {
            answer.error = error.code
            answer.errorMessage = error.message
        }
        return answer
    }

    private func moveLeader() {
        guard world.dice.once(in: chances.moveLeader),
            let id = world.leaders.keys.sorted().randomElement(using: &world.dice),
            let old = world.leaders[id]
        else { return }
        world.leaders[id] = (Int32.random(in: 1...3, using: &world.dice), old.epoch + 1)
    }

    func refresh(
        _ known: inout PartitionLeaders, of topics: Set<String>, timeout: Duration
    ) throws(ClientError) {
        world.milliseconds += 2
        let deadline = world.milliseconds + timeout.wholeMilliseconds
        while world.dice.once(in: chances.lostAsk) {
            world.milliseconds += 20
            guard world.milliseconds < deadline else { throw .unreachable("any broker", reason: "simulated") }
        }
        var answer = MetadataResponse()
        for node in nodes.keys.sorted() {
            var broker = MetadataResponse.Broker()
            broker.nodeID = node
            broker.host = "node\(node)"
            broker.port = 9092
            answer.brokers.append(broker)
        }
        for name in topics.sorted() {
            var topic = MetadataResponse.Topic()
            topic.name = name
            for (id, leader) in world.leaders.sorted(by: { $0.key < $1.key }) where id.topic == name {
                var partition = MetadataResponse.Partition()
                partition.partitionIndex = id.partition
                partition.leaderID = leader.node
                partition.leaderEpoch = leader.epoch
                topic.partitions.append(partition)
            }
            if topic.partitions.isEmpty { topic.error = .unknownTopicOrPartition }
            answer.topics.append(topic)
        }
        known.take(answer, for: topics)
    }

    // MARK: Coordinators

    func transactionVersion(of transactionalID: String, timeout: Duration) throws(ClientError) -> TransactionVersion {
        world.version
    }

    func ask<Request: WireRequest>(
        _ request: Request, of destination: ClusterClient.Destination, newest: Int16?, timeout: Duration,
        check: (Request.Response) throws(ClientError) -> Void
    ) throws(ClientError) -> Request.Response {
        let deadline = world.milliseconds + timeout.wholeMilliseconds
        while true {
            do throws(ClientError) {
                world.milliseconds += 1
                work()
                if world.dice.once(in: chances.lostAsk) { throw .unreachable("a coordinator", reason: "simulated") }
                guard let answer = self.answer(request, newest: newest) as? Request.Response else {
                    throw .unsupported(Request.api)
                }
                if world.dice.once(in: chances.lostAsk) {
                    throw .unreachable("a coordinator", reason: "simulated, after")
                }
                try check(answer)
                return answer
            } catch {
                world.milliseconds += 20
                guard error.isRetriable, world.milliseconds < deadline else { throw error }
            }
        }
    }

    private func answer(_ request: any WireRequest, newest: Int16?) -> (any WireResponse)? {
        switch request {
        case let request as InitProducerIDRequest: answer(request)
        case let request as AddPartitionsToTransactionRequest: answer(request)
        case let request as AddOffsetsToTransactionRequest: answer(request)
        case let request as MillraceProtocol.TransactionalOffsetCommitRequest:
            answer(request, version: min(newest ?? 5, 5))
        case let request as EndTransactionRequest: answer(request, version: min(newest ?? 5, 5))
        default: nil
        }
    }

    private func refusal(_ body: () throws -> Void) -> KafkaErrorCode {
        do { try body() } catch { return (error as? BrokerError)?.code ?? .unknownServerError }
        return .none
    }

    private func answer(_ request: InitProducerIDRequest) -> InitProducerIDResponse {
        var answer = InitProducerIDResponse()
        answer.error = refusal {
            let made = try broker.initProducerID(
                transactionalID: request.transactionalID,
                timeoutMilliseconds: request.transactionTimeoutMilliseconds,
                presented: ProducerIdentity(id: request.producerID, epoch: request.producerEpoch), version: 5)
            answer.producerID = made.id
            answer.producerEpoch = made.epoch
        }
        return answer
    }

    private func answer(_ request: AddPartitionsToTransactionRequest) -> AddPartitionsToTransactionResponse {
        var answer = AddPartitionsToTransactionResponse()
        for topic in request.topics {
            let ids = topic.partitionIndexes.map { TopicPartition(topic.name, $0) }
            let codes = broker.addPartitionsToTransaction(
                ids, transactionalID: request.transactionalID,
                producer: ProducerIdentity(id: request.producerID, epoch: request.producerEpoch), version: 3)
            var result = AddPartitionsToTransactionResponse.TopicResult()
            result.name = topic.name
            for (id, code) in zip(ids, codes) {
                var partition = AddPartitionsToTransactionResponse.PartitionResult()
                partition.partitionIndex = id.partition
                partition.error = code
                result.partitionResults.append(partition)
            }
            answer.topicResults.append(result)
        }
        return answer
    }

    private func answer(_ request: AddOffsetsToTransactionRequest) -> AddOffsetsToTransactionResponse {
        var answer = AddOffsetsToTransactionResponse()
        answer.error = refusal {
            try broker.addOffsetsToTransaction(
                group: request.groupID, transactionalID: request.transactionalID,
                producer: ProducerIdentity(id: request.producerID, epoch: request.producerEpoch), version: 4)
        }
        return answer
    }

    private func answer(
        _ request: MillraceProtocol.TransactionalOffsetCommitRequest, version: Int16
    ) -> TransactionalOffsetCommitResponse {
        var answer = TransactionalOffsetCommitResponse()
        let offsets = request.topics.flatMap { topic in
            topic.partitions.map { partition in
                OffsetCommitPartition(
                    partition: TopicPartition(topic.name, partition.partitionIndex),
                    offset: Offset(partition.committedOffset), metadata: partition.committedMetadata ?? "")
            }
        }
        var partition = TransactionalOffsetCommitResponse.Partition()
        partition.error = refusal {
            let response = try broker.commitOffsets(
                MillraceBroker.TransactionalOffsetCommitRequest(
                    transactionalID: request.transactionalID,
                    producer: ProducerIdentity(id: request.producerID, epoch: request.producerEpoch),
                    caller: GroupCaller(
                        groupID: request.groupID, memberID: request.memberID,
                        groupInstanceID: request.groupInstanceID, generation: request.generationID),
                    offsets: offsets),
                version: version)
            for refused in response.partitions where refused.error != .none {
                throw BrokerError(refused.error, "refused")
            }
        }
        var topic = TransactionalOffsetCommitResponse.Topic()
        topic.partitions = [partition]
        answer.topics = [topic]
        return answer
    }

    private func answer(_ request: EndTransactionRequest, version: Int16) -> EndTransactionResponse {
        var answer = EndTransactionResponse()
        answer.error = refusal {
            let next = try broker.endTransaction(
                request.isCommit ? .commit : .abort, transactionalID: request.transactionalID,
                producer: ProducerIdentity(id: request.producerID, epoch: request.producerEpoch),
                requestVersion: version)
            guard version >= 5 else { return }
            answer.producerID = next.id
            answer.producerEpoch = next.epoch
        }
        return answer
    }
}
