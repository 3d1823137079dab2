import MillraceBroker
import MillraceCore
import Testing

@testable import MillraceCluster

/// Several members against a real coordinator, with a clock moved by hand.
final class MemberScript {
    var coordinator = GroupCoordinator(
        configuration: GroupConfiguration(sessionTimeouts: .seconds(1) ... .seconds(60)), seed: 5)
    var members: [GroupMember] = []
    var alive: [Bool] = []
    var assigned: [[TopicPartition]?] = []
    var events: [[String]] = []
    var failures: [ClusterError?] = []
    var refuseNext: KafkaErrorCode?
    private var milliseconds: Int64 = 0
    private var callers: [UInt64: (member: Int, request: UInt64)] = [:]
    private var nextToken: UInt64 = 0
    static let partitions: Int32 = 4

    var now: CoordinatorTime {
        CoordinatorTime(
            wall: Timestamp(milliseconds), monotonic: MonotonicTime(milliseconds: milliseconds))
    }

    func add(instance: String? = nil, group: String = "g", assignor: any GroupAssignor = RangeAssignor()) {
        let configuration = ConsumerConfiguration(
            groupID: group, clientID: "c\(members.count)", groupInstanceID: instance, sessionTimeout: .seconds(10),
            heartbeatInterval: .seconds(1), rebalanceTimeout: .seconds(20))
        members.append(
            GroupMember(
                configuration: configuration, clientHost: GroupConfiguration.embeddedClientHost, topics: ["t"],
                assignor: assignor))
        alive.append(true)
        assigned.append(nil)
        events.append([])
        failures.append(nil)
    }

    func run(seconds: Int64) {
        for _ in 0..<(seconds * 4) {
            milliseconds += 250
            carry(coordinator.expire(now: now))
            for place in members.indices where alive[place] {
                perform(members[place].step(now: now.monotonic), of: place)
            }
        }
    }

    func perform(_ actions: [GroupMemberAction], of place: Int) {
        for action in actions {
            switch action {
            case .send(let id, let request):
                nextToken += 1
                callers[nextToken] = (place, id)
                var decision = coordinator.decide(request, token: ReplyToken(nextToken), now: now)
                if let code = refuseNext, !decision.entries.isEmpty {
                    refuseNext = nil
                    decision = coordinator.notLogged(decision, code, now: now)
                }
                carry(decision)
            case .countPartitions(let topics):
                #expect(topics == ["t"])
                perform(
                    members[place].providePartitionCounts(["t": Self.partitions], now: now.monotonic), of: place)
            case .deliver(.revoking):
                events[place].append("revoking")
                assigned[place] = nil
                perform(members[place].completeRevocation(now: now.monotonic), of: place)
            case .deliver(.assigned(let partitions, _)):
                events[place].append("assigned")
                assigned[place] = partitions
            case .deliver(.lost):
                events[place].append("lost")
                assigned[place] = nil
            case .fail(let error):
                failures[place] = error
            }
        }
    }

    private func carry(_ decision: GroupDecision) {
        for entry in decision.entries { coordinator.apply(entry, producer: decision.producer) }
        for reply in decision.replies {
            guard let (place, id) = callers.removeValue(forKey: reply.token.rawValue), alive[place] else { continue }
            perform(members[place].receive(reply.response, for: id, now: now.monotonic), of: place)
        }
    }

    /// Every partition has one owner among those alive.
    var isShared: Bool {
        let owned = members.indices.filter { alive[$0] }.flatMap { assigned[$0] ?? [] }
        return owned.sorted() == (0..<Self.partitions).map { TopicPartition("t", $0) }
    }
}
