import MillraceCore
import Testing

@testable import MillraceBroker

@Suite("Records of the consumer protocol in __consumer_offsets")
struct ConsumerGroupCodecTests {
    static let id = TopicID(high: 0x0102_0304_0506_0708, low: 0x090a_0b0c_0d0e_0f10)
    static let idBytes = [UInt8](1...16)

    static let member = ConsumerMemberValue(
        instanceID: "i", rackID: nil, clientID: "c", clientHost: "/h", topicNames: ["s", "t"], topicPattern: "u.*",
        rebalanceTimeoutMilliseconds: 60_000, assignor: "range")

    static let entries: [(ConsumerGroupEntry, key: [UInt8], value: [UInt8])] = [
        (.group(ConsumerGroupValue(epoch: 7, topicsHash: 0)), [0, 3, 0, 1, 103], [0, 0, 0, 0, 0, 7, 0]),
        (
            .group(ConsumerGroupValue(epoch: 7, topicsHash: 258)), [0, 3, 0, 1, 103],
            [0, 0, 0, 0, 0, 7, 1, 0, 8, 0, 0, 0, 0, 0, 0, 1, 2]
        ),
        (
            .member("m", member), [0, 5, 0, 1, 103, 0, 1, 109],
            [
                0, 0, 2, 105, 0, 2, 99, 3, 47, 104, 3, 2, 115, 2, 116, 4, 117, 46, 42, 0, 0, 0xea, 0x60, 6, 114, 97,
                110,
                103, 101, 0,
            ]
        ),
        (.targetEpoch(7), [0, 6, 0, 1, 103], [0, 0, 0, 0, 0, 7, 0]),
        (
            .target("m", [TopicIDPartition(id, 3), TopicIDPartition(id, 1)]), [0, 7, 0, 1, 103, 0, 1, 109],
            [0, 0, 2] + idBytes + [3, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0]
        ),
        (
            .current(
                "m",
                CurrentAssignmentValue(
                    epoch: 7, previousEpoch: 6, state: .unrevoked, assigned: [TopicIDPartition(id, 1)],
                    pendingRevocation: [])), [0, 8, 0, 1, 103, 0, 1, 109],
            [0, 0, 0, 0, 0, 7, 0, 0, 0, 6, 1, 2] + idBytes + [2, 0, 0, 0, 1, 0, 1, 0]
        ),
        (
            .pattern("u.*", ResolvedPatternValue(topics: ["u1"], version: 2, resolved: Timestamp(9))),
            [0, 16, 0, 1, 103, 0, 3, 117, 46, 42],
            [0, 0, 2, 3, 117, 49, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 9, 0]
        ),
    ]

    @Test("each record has Kafka's bytes and comes back from them", arguments: entries)
    func bytes(entry: ConsumerGroupEntry, key: [UInt8], value: [UInt8]) throws {
        let logged = GroupLogEntry.consumer(groupID: "g", entry)
        #expect(logged.encodedKey() == key)
        #expect(logged.encodedValue() == value)
        #expect(try GroupLogEntry.decode(key: key, value: value) == logged)
        guard case .consumer("g", let tombstone) = try GroupLogEntry.decode(key: key, value: nil) else {
            Issue.record("another kind of entry")
            return
        }
        #expect(tombstone.isTombstone)
        #expect(GroupLogEntry.consumer(groupID: "g", tombstone).encodedValue() == nil)
        for count in 0..<value.count {
            #expect(throws: GroupLogError.self) {
                try GroupLogEntry.decode(key: key, value: Array(value.prefix(count)))
            }
        }
    }

    @Test("what newer or mixed groups add in tagged fields is passed over")
    func taggedFields() throws {
        // KIP-1251's assignment epochs behind a topic's partitions; KIP-1263's time behind the epoch.
        let current: [UInt8] =
            [0, 0, 0, 0, 0, 7, 0, 0, 0, 6, 0, 2] + Self.idBytes + [2, 0, 0, 0, 1, 1, 0, 5, 2, 0, 0, 0, 7, 1, 0]
        let read = try GroupLogEntry.decode(key: [0, 8, 0, 1, 103, 0, 1, 109], value: current)
        let value = CurrentAssignmentValue(epoch: 7, previousEpoch: 6, assigned: [TopicIDPartition(Self.id, 1)])
        #expect(read == .consumer(groupID: "g", .current("m", value)))
        let target: [UInt8] = [0, 0, 0, 0, 0, 7, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1]
        #expect(
            try GroupLogEntry.decode(key: [0, 6, 0, 1, 103], value: target)
                == .consumer(groupID: "g", .targetEpoch(7)))
        #expect(
            try GroupLogEntry.decode(key: [0, 4, 0, 1, 103], value: [0, 0, 1, 2])
                == .consumer(groupID: "g", .partitionMetadata))
    }
}
