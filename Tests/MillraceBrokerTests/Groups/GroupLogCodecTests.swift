import MillraceCore
import Testing

@testable import MillraceBroker

@Suite("Records of __consumer_offsets and the consumer protocol")
struct GroupLogCodecTests {
    @Test("an offset record has Kafka's bytes")
    func offsetBytes() throws {
        let value = OffsetCommitValue(
            offset: Offset(5), leaderEpoch: 2, metadata: "m", commitTimestamp: Timestamp(256))
        let entry = GroupLogEntry.offset(groupID: "g", TopicPartition("t", 3), value)
        #expect(entry.encodedKey() == [0, 1, 0, 1, 103, 0, 1, 116, 0, 0, 0, 3])
        #expect(
            entry.encodedValue() == [
                0, 3, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 2, 0, 1, 109, 0, 0, 0, 0, 0, 0, 1, 0,
            ])
        #expect(try GroupLogEntry.decode(key: entry.encodedKey(), value: entry.encodedValue()) == entry)
        #expect(
            try GroupLogEntry.decode(key: entry.encodedKey(), value: nil)
                == .offset(groupID: "g", TopicPartition("t", 3), nil))
    }

    @Test(
        "older and newer versions of an offset value are read",
        arguments: [
            ([0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 1, 109, 0, 0, 0, 0, 0, 0, 1, 0], Int32(-1), nil),
            (
                [0, 1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 1, 109, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0], -1,
                Timestamp(512)
            ),
            ([0, 4, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 2, 2, 109, 0, 0, 0, 0, 0, 0, 1, 0, 0], 2, nil),
        ] as [([UInt8], Int32, Timestamp?)])
    func offsetVersions(bytes: [UInt8], epoch: Int32, expire: Timestamp?) throws {
        let value = try OffsetCommitValue(decoding: bytes)
        #expect(
            value
                == OffsetCommitValue(
                    offset: Offset(5), leaderEpoch: epoch, metadata: "m", commitTimestamp: Timestamp(256),
                    expireTimestamp: expire))
    }

    static let group = GroupMetadataValue(
        protocolType: "consumer", generation: 7, protocolName: "range", leaderID: "a", stateTimestamp: Timestamp(9),
        members: [
            .init(
                memberID: "a", groupInstanceID: "i", clientID: "c", clientHost: "/h",
                rebalanceTimeoutMilliseconds: 60_000, sessionTimeoutMilliseconds: 45_000, subscription: [1, 2],
                assignment: [])
        ])

    @Test("a group comes back from its bytes, and its tombstone too")
    func groups() throws {
        let entry = GroupLogEntry.group(id: "g", Self.group)
        #expect(entry.encodedKey() == [0, 2, 0, 1, 103])
        #expect(try GroupLogEntry.decode(key: entry.encodedKey(), value: entry.encodedValue()) == entry)
        #expect(try GroupLogEntry.decode(key: entry.encodedKey(), value: nil) == .group(id: "g", nil))
    }

    @Test("a group value of the flexible version 4 is read")
    func flexibleGroup() throws {
        let text: (String) -> [UInt8] = { [UInt8($0.utf8.count + 1)] + Array($0.utf8) }
        var bytes: [UInt8] = [0, 4] + text("consumer") + [0, 0, 0, 7] + text("range") + text("a")
        bytes += [0, 0, 0, 0, 0, 0, 0, 9, 2] + text("a") + text("i") + text("c") + text("/h")
        bytes += [0, 0, 0xea, 0x60, 0, 0, 0xaf, 0xc8, 3, 1, 2, 1, 0, 0]
        #expect(try GroupMetadataValue(decoding: bytes) == Self.group)
    }

    @Test("an unknown version is an error that names it")
    func unknownVersions() {
        #expect(throws: GroupLogError.unknownVersion(of: "group log key", 9)) {
            try GroupLogEntry.decode(key: [0, 9, 0, 1, 103], value: nil)
        }
        #expect(throws: GroupLogError.unknownVersion(of: "OffsetCommitValue", 5)) {
            try OffsetCommitValue(decoding: [0, 5])
        }
        #expect(throws: GroupLogError.unknownVersion(of: "GroupMetadataValue", 5)) {
            try GroupMetadataValue(decoding: [0, 5])
        }
        #expect(throws: GroupLogError.unknownVersion(of: "consumer protocol", -1)) {
            try ConsumerSubscription(decoding: [255, 255])
        }
    }

    @Test("bytes cut anywhere are an error, never a trap")
    func truncated() {
        let bytes = Self.group.encoded()
        for count in 0..<bytes.count {
            #expect(throws: GroupLogError.self) { try GroupMetadataValue(decoding: Array(bytes.prefix(count))) }
        }
    }

    @Test("every version of the consumer protocol is read back", arguments: Int16(0)...3)
    func consumerProtocol(version: Int16) throws {
        let lists = [ConsumerProtocolPartitions(topic: "t", partitions: [0, 2])]
        let full = ConsumerSubscription(
            topics: ["t", "u"], userData: [9], ownedPartitions: lists, generation: 4, rackID: "r")
        let read = try ConsumerSubscription(decoding: full.encoded(version: version))
        #expect(read.topics == full.topics && read.userData == [9])
        #expect(read.ownedPartitions == (version >= 1 ? lists : []))
        #expect(read.generation == (version >= 2 ? 4 : -1))
        #expect(read.rackID == (version >= 3 ? "r" : nil))
        let assignment = ConsumerAssignment(partitions: lists, userData: nil)
        #expect(try ConsumerAssignment(decoding: assignment.encoded(version: version)) == assignment)
    }

    @Test("fields that a newer version adds are passed over")
    func newerSubscription() throws {
        var bytes = ConsumerSubscription(topics: ["t"]).encoded() + [1, 2, 3]
        bytes[1] = 9
        #expect(try ConsumerSubscription(decoding: bytes).topics == ["t"])
    }
}
