import MillraceClient
import MillraceCluster
import MillraceCore
import MillraceProtocol
import MillraceSimulation
import Testing

@testable import MillraceKafka

@Suite("What is asked of whom, and what answers mean")
struct PartitionFetchesTests {
    private static let all = (0..<5).map { TopicPartition($0 < 3 ? "a" : "b", Int32($0 % 3)) }

    private func network(
        _ seed: UInt64, isolation: IsolationLevel = .readCommitted, partitions: [TopicPartition] = all,
        limits change: (inout FetchLimits) -> Void = { _ in }
    ) -> ModelNetwork {
        var limits = FetchLimits(pollBytes: 2_000, partitionBytes: 300, isolation: isolation)
        change(&limits)
        return ModelNetwork(
            partitions: partitions, isolation: isolation, limits: limits, tellsIDs: seed % 3 != 0, seed: seed)
    }

    @Test(
        "each record is brought once and in order, through seeks, pauses, elections, lost connections and errors",
        arguments: 0..<40 as Range<UInt64>)
    func model(seed: UInt64) {
        let isolation: IsolationLevel = seed % 4 == 0 ? .readUncommitted : .readCommitted
        let network = network(seed, isolation: isolation)
        network.cluster.errorChances = 15
        network.lossChances = 12
        var positions: [TopicPartition: Int64] = [:]
        func assign(_ network: ModelNetwork, _ ids: [TopicPartition]) {
            network.fetches.assign(ids)
            let known = positions
            positions = [:]
            for id in ids {
                positions[id] = known[id] ?? 0
                _ = network.fetches.seek(id, to: positions[id] ?? 0)
            }
        }
        assign(network, Self.all)
        for _ in 0..<400 {
            if let ids = disturb(network, &positions) { assign(network, ids) }
            follow(network.round(after: Int64.random(in: 0...6, using: &network.dice)), &positions, network, seed)
            let failure = network.fetches.takeFailure()
            #expect(failure == nil, "seed \(seed)")
        }
        // Then nothing disturbs any more: everything comes.
        network.cluster.errorChances = 0
        network.lossChances = 0
        for id in Self.all { network.cluster.logs[id]?.endAll() }
        assign(network, Self.all)
        for _ in 0..<2_000 {
            follow(network.round(after: 10), &positions, network, seed)
            if Self.all.allSatisfy({ positions[$0] == network.cluster.logs[$0]?.end }) { return }
        }
        Issue.record("not all of it came, seed \(seed): \(positions)")
    }

    /// Fetches of a partition follow each other without a gap.
    private func follow(
        _ fetched: [FetchedBatches], _ positions: inout [TopicPartition: Int64], _ network: ModelNetwork, _ seed: UInt64
    ) {
        for batches in fetched {
            let id = batches.partition
            #expect(batches.startOffset.rawValue == positions[id], "\(id), seed \(seed)")
            positions[id] = batches.nextOffset.rawValue
            #expect(network.fetches[id]?.position == positions[id], "seed \(seed)")
            #expect(network.fetches[id]?.isPaused == false, "seed \(seed)")
            #expect(batches.highWatermark >= batches.nextOffset, "seed \(seed)")
        }
    }

    /// - Returns: what is to be read from now on; nil for no change.
    private func disturb(_ network: ModelNetwork, _ positions: inout [TopicPartition: Int64]) -> [TopicPartition]? {
        var dice = network.dice
        defer { network.dice = dice }
        let id = Self.all[Int.random(in: 0..<Self.all.count, using: &dice)]
        switch Int.random(in: 0..<60, using: &dice) {
        case 0..<30: network.cluster.logs[id]?.grow(&dice)
        case 30..<34: network.cluster.elect(id, &dice)
        case 34..<40: network.fetches.setPaused(id, dice.once(in: 2))
        case 40..<43:
            guard positions[id] != nil, let log = network.cluster.logs[id] else { return nil }
            let target = Int64.random(in: 0...log.lastStableOffset, using: &dice)
            positions[id] = target
            _ = network.fetches.seek(id, to: target)
        case 43: return Self.all.filter { _ in !dice.once(in: 3) }
        default: break
        }
        return nil
    }

    @Test("brokers that cannot be reached are asked with growing pauses")
    func unreachable() {
        let network = network(1)
        network.lossChances = 1
        network.fetches.assign(Self.all)
        for id in Self.all { _ = network.fetches.seek(id, to: 0) }
        for _ in 0..<10_000 { _ = network.round(after: 1) }
        #expect((8...20).contains(network.questions), "\(network.questions) in 10 s")
    }

    @Test("a leader that refuses to be one is asked with pauses", arguments: [KafkaErrorCode.notLeaderOrFollower])
    func refusing(error: KafkaErrorCode) {
        let id = TopicPartition("a", 0)
        let network = network(1, partitions: [id])
        network.fetches.assign([id])
        _ = network.fetches.seek(id, to: 0)
        network.cluster.errorChances = 1
        for _ in 0..<10_000 { _ = network.round(after: 1) }
        #expect(network.requests < 40 && network.questions < 40, "\(network.requests), \(network.questions) in 10 s")
        network.cluster.errorChances = 0
        network.cluster.logs[id]?.append(count: 3, producer: nil, &network.dice)
        var count = 0
        for _ in 0..<200 { count += network.round(after: 10).flatMap(\.batches).count }
        #expect(count == 1)
    }

    @Test("a broker that does not answer is given up in time; the others go on")
    func silence() {
        let network = network(3) { $0.requestTimeout = .milliseconds(500) }
        network.fetches.assign(Self.all)
        for id in Self.all { _ = network.fetches.seek(id, to: 0) }
        for id in Self.all { network.cluster.leaders[id] = id.topic == "a" ? 1 : 2 }
        var actions: [PartitionFetches.Action] = []
        func step(_ milliseconds: Int64) {
            network.now = network.now.advanced(by: .milliseconds(milliseconds))
            actions = network.fetches.step(now: network.now)
        }
        step(0)
        network.fetches.learn(.success(network.cluster.metadata(of: ["a", "b"])), of: ["a", "b"], now: network.now)
        step(0)
        for broker in [1, 2] as [Int32] { network.fetches.connected(broker) }
        step(0)
        #expect(actions.count == 2)
        step(549)
        #expect(actions.isEmpty)
        #expect(network.fetches.nextStep == network.now.advanced(by: .milliseconds(1)))
        step(1)
        let given = actions.compactMap { if case .disconnect(let broker) = $0 { broker } else { nil } }
        #expect(Set(given) == [1, 2])
    }

    @Test("a paused partition keeps what has come, once, in a buffer of its own, and nothing more is asked for")
    func paused() throws {
        let id = TopicPartition("a", 0)
        let other = TopicPartition("a", 1)
        let network = network(5, partitions: [id, other]) { $0.partitionBytes = 100_000 }
        network.cluster.leaders = [id: 1, other: 1]
        network.cluster.logs[id]?.append(count: 3, producer: nil, &network.dice)
        for _ in 0..<200 { network.cluster.logs[other]?.append(count: 30, producer: nil, &network.dice) }
        network.fetches.assign([id, other])
        for partition in [id, other] { _ = network.fetches.seek(partition, to: 0) }
        network.fetches.setPaused(id, true)
        network.fetches.setPaused(other, true)
        for _ in 0..<20 { #expect(network.round(after: 10).isEmpty) }
        let held = try #require(network.fetches[id]?.held)
        #expect(held.next == 3 && held.frame.count == held.byteCount)
        let requests = network.requests
        for _ in 0..<20 { #expect(network.round(after: 10).isEmpty) }
        #expect(network.requests == requests)
        network.fetches.setPaused(id, false)
        #expect(network.round(after: 0).map(\.partition) == [id])
    }

    @Test("a topic that is gone is asked for again for a while, and then told; one without a leader is waited for")
    func gone() {
        let id = TopicPartition("a", 0)
        let network = network(7, partitions: [id]) { $0.propagationTime = .seconds(3) }
        network.fetches.assign([id])
        _ = network.fetches.seek(id, to: 0)
        func failure(within milliseconds: Int64) -> ClusterError? {
            for _ in 0..<milliseconds / 10 {
                _ = network.round(after: 10)
                if let failure = network.fetches.takeFailure() { return failure }
            }
            return nil
        }
        #expect(failure(within: 200) == nil)
        network.cluster.leaders[id] = -1
        #expect(failure(within: 6_000) == nil)
        let log = network.cluster.logs[id]
        network.cluster.logs[id] = nil
        #expect(failure(within: 2_500) == nil)
        #expect(failure(within: 1_500)?.kind == .unknownTopic)
        network.cluster.logs[id] = log
        network.cluster.leaders[id] = 2
        network.cluster.logs[id]?.append(count: 2, producer: nil, &network.dice)
        #expect(failure(within: 2_500) == nil)
        #expect(network.fetches[id]?.position == 2)
    }
}
