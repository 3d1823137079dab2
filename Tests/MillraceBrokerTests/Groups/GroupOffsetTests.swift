import MillraceCore
import Testing

@testable import MillraceBroker

@Suite("Committed offsets")
struct GroupOffsetTests {
    enum Where: CaseIterable { case unknown, empty, preparing, completing, stable }
    enum Who: CaseIterable { case simple, member, oldGeneration, stranger }

    /// The error for a plain commit and for one in a transaction.
    static let rules: [(Where, Who, KafkaErrorCode, KafkaErrorCode)] = [
        (.unknown, .simple, .none, .none),
        (.unknown, .stranger, .illegalGeneration, .illegalGeneration),
        (.empty, .simple, .none, .none),
        (.empty, .member, .unknownMemberID, .unknownMemberID),
        (.preparing, .member, .none, .none),
        (.preparing, .oldGeneration, .illegalGeneration, .illegalGeneration),
        (.completing, .member, .rebalanceInProgress, .none),
        (.completing, .oldGeneration, .illegalGeneration, .illegalGeneration),
        (.stable, .member, .none, .none),
        (.stable, .simple, .unknownMemberID, .none),
        (.stable, .stranger, .unknownMemberID, .unknownMemberID),
        (.stable, .oldGeneration, .illegalGeneration, .illegalGeneration),
    ]

    @Test("who may commit when", arguments: rules)
    func whoCommits(rule: (place: Where, who: Who, plain: KafkaErrorCode, transactional: KafkaErrorCode)) throws {
        let script = GroupScript()
        var memberID = "nobody"
        if rule.place != .unknown {
            let joined = try #require(script.join(script.send(GroupScript.joinRequest())))
            memberID = joined.memberID
            if rule.place != .completing { _ = script.sync(joined, gives: [memberID: [1]]) }
            if rule.place == .preparing { script.send(GroupScript.joinRequest()) }
            if rule.place == .empty { script.advance(seconds: 60) }
        }
        let generation = script.coordinator.groups["g"]?.generation ?? 1
        let caller =
            switch rule.who {
            case .simple: GroupCaller(groupID: "g")
            case .member: GroupCaller(groupID: "g", memberID: memberID, generation: generation)
            case .oldGeneration: GroupCaller(groupID: "g", memberID: memberID, generation: generation - 1)
            case .stranger: GroupCaller(groupID: "g", memberID: "nobody", generation: generation)
            }
        #expect(script.commit(3, by: caller, producer: 7) == rule.transactional)
        #expect(script.commit(3, by: caller) == rule.plain)
    }

    @Test("offsets of a transaction count when it commits, and never when it aborts")
    func transactions() throws {
        let script = GroupScript()
        let simple = GroupCaller(groupID: "g")
        _ = script.commit(1, by: simple)
        _ = script.commit(2, by: simple, producer: 7)
        #expect(script.fetch()?.offset == Offset(1))
        #expect(script.fetch(stable: true)?.error == .unstableOffsetCommit)
        #expect(script.fetch(stable: true, all: true)?.error == .unstableOffsetCommit)
        script.marker(7, .abort)
        #expect(script.fetch(stable: true)?.offset == Offset(1))
        _ = script.commit(3, by: simple, producer: 7)
        try script.restart()
        #expect(script.fetch(stable: true)?.error == .unstableOffsetCommit)
        script.marker(7, .commit)
        #expect(script.fetch(stable: true)?.offset == Offset(3))
    }

    @Test("a commit made after a transaction's offsets outlives the transaction's commit")
    func laterWins() {
        let script = GroupScript()
        let simple = GroupCaller(groupID: "g")
        _ = script.commit(2, by: simple, producer: 7)
        _ = script.commit(9, by: simple)
        script.marker(7, .commit)
        #expect(script.fetch()?.offset == Offset(9))
    }

    @Test("nothing committed is no error, and long metadata is one")
    func fetchAndLimits() {
        let script = GroupScript()
        #expect(script.fetch() == .init(partition: TopicPartition("t", 0)))
        #expect(script.fetch(all: true) == nil)
        let long = String(repeating: "x", count: 4_097)
        #expect(script.commit(1, by: GroupCaller(groupID: "g"), metadata: long) == .offsetMetadataTooLarge)
        #expect(script.commit(1, by: GroupCaller(groupID: ""), metadata: "") == .invalidGroupID)
    }

    @Test("offsets outlive the last member by the retention, then go with their group")
    func expiry() throws {
        let script = GroupScript()
        let only = try #require(script.settleOne())
        _ = script.commit(1, by: GroupCaller(groupID: "g", memberID: only.memberID, generation: 1))
        script.advance(seconds: 60)
        script.advance(seconds: 6 * 24 * 3_600)
        #expect(script.fetch()?.offset == Offset(1))
        script.advance(seconds: 2 * 24 * 3_600)
        #expect(script.fetch()?.offset == nil)
        #expect(script.coordinator.groups["g"] == nil)
        #expect(try script.replayed().groups["g"] == nil)
    }

    @Test("what expires together, and is too much for one batch of the log, goes in several")
    func expiryInParts() throws {
        let script = GroupScript()
        let name = String(repeating: "x", count: 200)
        for group in 0..<8 {
            let offsets = (0..<1_000).map {
                OffsetCommitPartition(partition: TopicPartition(name, Int32($0)), offset: Offset(1))
            }
            script.send(
                .offsetCommit(
                    OffsetCommitRequest(caller: GroupCaller(groupID: "g\(group)"), offsets: offsets)))
        }
        #expect(script.coordinator.groups.count == 8)
        script.now.wall = script.now.wall.advanced(byMilliseconds: 8 * 86_400_000)
        script.now.monotonic = script.now.monotonic.advanced(by: .seconds(8 * 86_400))
        var sizes: [Int] = []
        while let due = script.coordinator.nextDeadline, due <= script.now.monotonic, sizes.count < 100 {
            let decision = script.coordinator.expire(now: script.now)
            sizes.append(
                decision.entries.reduce(0) { $0 + $1.encodedKey().count + ($1.encodedValue()?.count ?? 0) })
            script.perform(decision)
        }
        #expect(sizes.count > 1 && sizes.count < 100)
        #expect(sizes.allSatisfy { $0 > 0 && $0 <= GroupCoordinator.expiryBytesMaximum }, "\(sizes)")
        #expect(script.coordinator.groups.isEmpty)
        #expect(try script.replayed().groups.isEmpty)
    }

    @Test("of a deleted topic all offsets go, in parts where they are many; those of others stay")
    func deletedTopic() throws {
        let script = GroupScript()
        let name = String(repeating: "x", count: 200)
        for group in 0..<8 {
            let gone = (0..<500).map {
                OffsetCommitPartition(partition: TopicPartition(name, Int32($0)), offset: Offset(1))
            }
            let stays = OffsetCommitPartition(partition: TopicPartition("t", 0), offset: Offset(2))
            script.send(
                .offsetCommit(
                    OffsetCommitRequest(
                        caller: GroupCaller(groupID: group == 0 ? "g" : "g\(group)"), offsets: gone + [stays])))
        }
        var decisions = 0
        while decisions < 100 {
            let decision = script.coordinator.forgetOffsets(of: name)
            if decision.entries.isEmpty { break }
            decisions += 1
            script.perform(decision)
        }
        #expect(decisions > 1 && decisions < 100)
        #expect(script.fetch()?.offset == Offset(2))
        for coordinator in [script.coordinator, try script.replayed()] {
            #expect(coordinator.groups.count == 8)
            #expect(coordinator.groups.values.allSatisfy { $0.offsets.allPartitions == [TopicPartition("t", 0)] })
        }
    }

    @Test("offsets in an open transaction do not expire")
    func pendingStays() {
        let script = GroupScript()
        _ = script.commit(1, by: GroupCaller(groupID: "g"), producer: 7)
        script.advance(seconds: 30 * 24 * 3_600)
        script.marker(7, .commit)
        #expect(script.fetch()?.offset == Offset(1))
    }

    @Test("offsets that a member's topic needs are not deleted")
    func offsetDelete() throws {
        let script = GroupScript()
        func delete(_ topic: String) -> OffsetDeleteResponse? {
            let request = OffsetDeleteRequest(groupID: "g", partitions: [TopicPartition(topic, 0)])
            if case .offsetDelete(let response) = script.answers[script.send(.offsetDelete(request))] {
                return response
            }
            return nil
        }
        #expect(delete("t")?.error == .groupIDNotFound)
        let only = try #require(script.settleOne())
        _ = script.commit(1, by: GroupCaller(groupID: "g", memberID: only.memberID, generation: 1))
        #expect(delete("t")?.partitions.first?.error == .groupSubscribedToTopic)
        #expect(delete("other")?.partitions.first?.error == KafkaErrorCode.none)
        script.advance(seconds: 60)
        #expect(delete("t")?.partitions.first?.error == KafkaErrorCode.none)
        #expect(script.fetch()?.offset == nil)
    }

    @Test("groups are described, listed and deleted")
    func administration() throws {
        let script = GroupScript()
        func answer(_ request: GroupRequest) -> GroupResponse? { script.answers[script.send(request)] }
        #expect(
            answer(.describe(DescribeGroupsRequest(groupIDs: ["g"])))
                == .describe([
                    DescribedGroup(
                        error: .groupIDNotFound, message: "there is no group 'g'", groupID: "g", state: "Dead")
                ]))
        #expect(
            answer(.delete(DeleteGroupsRequest(groupIDs: ["g"])))
                == .delete([DeletedGroup(groupID: "g", error: .groupIDNotFound)]))
        let only = try #require(script.settleOne())
        _ = script.commit(1, by: GroupCaller(groupID: "g", memberID: only.memberID, generation: 1))
        _ = script.commit(
            2, by: GroupCaller(groupID: "g", memberID: only.memberID, generation: 1), producer: 7)
        guard case .describe(let groups) = answer(.describe(DescribeGroupsRequest(groupIDs: ["g"]))) else {
            Issue.record("no description")
            return
        }
        #expect(groups.first?.state == "Stable" && groups.first?.members.first?.assignment == [1])
        let listed = ListedGroup(groupID: "g", protocolType: "consumer", state: "Stable")
        #expect(answer(.list(ListGroupsRequest(states: ["stable"], types: ["Classic"]))) == .list([listed]))
        #expect(answer(.list(ListGroupsRequest(states: ["Empty"]))) == .list([]))
        #expect(answer(.list(ListGroupsRequest(types: ["share"]))) == .list([]))
        #expect(
            answer(.delete(DeleteGroupsRequest(groupIDs: ["g"])))
                == .delete([DeletedGroup(groupID: "g", error: .nonEmptyGroup)]))
        script.advance(seconds: 60)
        #expect(
            answer(.delete(DeleteGroupsRequest(groupIDs: ["g", "g"])))
                == .delete([DeletedGroup(groupID: "g", error: .none)]))
        script.marker(7, .commit)
        #expect(script.coordinator.groups["g"] == nil)
        #expect(try script.replayed().groups["g"] == nil)
    }
}
