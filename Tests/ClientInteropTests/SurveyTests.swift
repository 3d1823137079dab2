import Testing

/// The rest of the admin API, as the Java client calls it: what Kafka's own tools and other people's consoles ask.
/// The answers are those of Apache Kafka, which was asked the same.
@Suite("Clients of other people: what tools ask", .needsClients)
struct SurveyTests {
    private static let wanted = [
        "cluster id is there": "true",
        "controller is the node": "true",
        "group.version": "1",
        "transaction.version": "2",
        "quorum voters": "1",
        "log of the partition": "true",
        "acls": "SecurityDisabledException",
        "broker config": "1",
        "config resources": "true",
        "quotas": "0",
        "reassignments": "0",
        "election": "ElectionNotNeededException",
        "topic by id": "true",
        "unknown topic": "UnknownTopicOrPartitionException",
        "bad name": "InvalidTopicException",
        "bad config": "InvalidConfigurationException",
        "unknown config": "InvalidConfigurationException",
        "no partitions": "InvalidPartitionsException",
        "only validated": "4 false",
        "fewer partitions": "InvalidPartitionsException",
        "earliest": "0",
        "latest": "10",
        "of time 1004": "4",
        "of a time to come": "-1",
        "of the greatest time": "9",
        "earliest on this disk": "0",
        "deleted too far": "OffsetOutOfRangeException",
        "unknown group": "GroupIdNotFoundException",
        "offsets of an unknown group": "0",
        "delete an unknown group": "GroupIdNotFoundException",
        "group with a member": "Stable",
        "delete a group with a member": "GroupNotEmptyException",
        "delete offsets that are subscribed": "GroupSubscribedToTopicException",
        "alter offsets of members": "UnknownMemberIdException",
        "stable groups": "[surveyed]",
        "delete offsets": "null",
        "offsets left": "[1]",
        "group config": "true",
        "transactions": "Ongoing",
        "transaction": "true",
        "unknown transaction": "TransactionalIdNotFoundException",
        "hanging": "1 0",
        "commit after the abort": "done",
        "fenced": "done",
        "policy appended": "delete,compact",
        "delete an unknown topic": "UnknownTopicOrPartitionException",
        "delete records of a compacted topic": "PolicyViolationException",
    ]

    @Test("every call of the admin API is answered as Kafka answers it")
    func survey() async throws {
        try await onOwnThread {
            let workshop = try Workshop()
            let facts = try workshop.run(.java, "survey", ["topic": "surveyed-topic"]).facts
            for (name, value) in Self.wanted { #expect(facts[name] == value.lowercased(), "\(name)") }
            #expect(facts.count == Self.wanted.count)
        }
    }
}
