import MillraceCore

/// What is wrong with the bytes of a group's record, or of what its members exchange.
package enum GroupLogError: Error, Hashable, Sendable {
    /// Written by a newer Kafka or Millrace; `of` names the kind of key or value.
    case unknownVersion(of: String, Int16)
    /// The bytes end too early or hold a length that cannot be.
    case malformed(position: Int)
}

/// Keys and values of `__consumer_offsets`, as Apache Kafka writes them, so that its tools can read ours. Pure.
/// Written: `OffsetCommitKey` 1, `OffsetCommitValue` 3, `GroupMetadataKey` 2, `GroupMetadataValue` 3.
/// Read: keys 0 to 2, both values 0 to 4. Keys 3 to 8 and 16 are in `ConsumerGroupCodec`.
///
/// | key | version int16 | then |
/// | --- | --- | --- |
/// | offset | 0, 1 | group string, topic string, partition int32 |
/// | group | 2 | group string |
extension GroupLogEntry {
    package func encodedKey() -> [UInt8] {
        var writer = GroupByteWriter()
        switch self {
        case .offset(let groupID, let partition, _):
            writer.integer(Int16(1))
            writer.string(groupID)
            writer.string(partition.topic)
            writer.integer(partition.partition)
        case .group(let id, _):
            writer.integer(Int16(2))
            writer.string(id)
        case .consumer(let groupID, let entry):
            entry.encodeKey(groupID: groupID, to: &writer)
        }
        return writer.bytes
    }

    /// Nil for a tombstone.
    package func encodedValue() -> [UInt8]? {
        switch self {
        case .offset(_, _, let value): value?.encoded()
        case .group(_, let value): value?.encoded()
        case .consumer(_, let entry): entry.encodedValue()
        }
    }

    package static func decode(key: [UInt8], value: [UInt8]?) throws(GroupLogError) -> GroupLogEntry {
        var reader = GroupByteReader(key)
        let version: Int16 = try reader.integer()
        switch version {
        case 0, 1:
            let groupID = try reader.string()
            let partition = TopicPartition(try reader.string(), try reader.integer())
            guard let value else { return .offset(groupID: groupID, partition, nil) }
            return .offset(groupID: groupID, partition, try OffsetCommitValue(decoding: value))
        case 2:
            let id = try reader.string()
            guard let value else { return .group(id: id, nil) }
            return .group(id: id, try GroupMetadataValue(decoding: value))
        case 3...8, 16:
            let groupID = try reader.string()
            return .consumer(
                groupID: groupID, try ConsumerGroupEntry.decode(version: version, key: &reader, value: value))
        default:
            throw .unknownVersion(of: "group log key", version)
        }
    }
}

/// Version int16 · offset int64 · leader epoch int32 (v3) · metadata string · commit timestamp int64 ·
/// expire timestamp int64 (v1 only); v4 is flexible.
extension OffsetCommitValue {
    func encoded() -> [UInt8] {
        var writer = GroupByteWriter()
        writer.integer(Int16(3))
        writer.integer(offset.rawValue)
        writer.integer(leaderEpoch)
        writer.string(metadata)
        writer.integer(commitTimestamp.millisecondsSinceEpoch)
        return writer.bytes
    }

    init(decoding bytes: [UInt8]) throws(GroupLogError) {
        var reader = GroupByteReader(bytes)
        let version: Int16 = try reader.integer()
        guard (0...4).contains(version) else { throw .unknownVersion(of: "OffsetCommitValue", version) }
        let rawOffset: Int64 = try reader.integer()
        guard rawOffset >= 0 else { throw .malformed(position: 2) }
        offset = Offset(rawOffset)
        leaderEpoch = version >= 3 ? try reader.integer() : -1
        metadata = version >= 4 ? try reader.compactString() : try reader.string()
        commitTimestamp = Timestamp(try reader.integer())
        let expire: Int64 = version == 1 ? try reader.integer() : -1
        expireTimestamp = expire == -1 ? nil : Timestamp(expire)
    }
}

/// Version int16 · protocol type string · generation int32 · protocol, leader nullable strings · state timestamp
/// int64 (v2) · [member id, instance id nullable (v3), client id, client host strings · rebalance timeout int32 (v1) ·
/// session timeout int32 · subscription, assignment bytes]; v4 is flexible.
extension GroupMetadataValue {
    func encoded() -> [UInt8] {
        var writer = GroupByteWriter()
        writer.integer(Int16(3))
        writer.string(protocolType)
        writer.integer(generation)
        writer.nullableString(protocolName)
        writer.nullableString(leaderID)
        writer.integer(stateTimestamp?.millisecondsSinceEpoch ?? -1)
        writer.array(members) { writer, member in
            writer.string(member.memberID)
            writer.nullableString(member.groupInstanceID)
            writer.string(member.clientID)
            writer.string(member.clientHost)
            writer.integer(member.rebalanceTimeoutMilliseconds)
            writer.integer(member.sessionTimeoutMilliseconds)
            writer.nullableBytes(member.subscription)
            writer.nullableBytes(member.assignment)
        }
        return writer.bytes
    }

    init(decoding bytes: [UInt8]) throws(GroupLogError) {
        var reader = GroupByteReader(bytes)
        let version: Int16 = try reader.integer()
        guard (0...4).contains(version) else { throw .unknownVersion(of: "GroupMetadataValue", version) }
        let isFlexible = version >= 4
        protocolType = try isFlexible ? reader.compactString() : reader.string()
        generation = try reader.integer()
        protocolName = try isFlexible ? reader.compactNullableString() : reader.nullableString()
        leaderID = try isFlexible ? reader.compactNullableString() : reader.nullableString()
        let since: Int64 = version >= 2 ? try reader.integer() : -1
        stateTimestamp = since == -1 ? nil : Timestamp(since)
        func member(_ reader: inout GroupByteReader) throws(GroupLogError) -> Member {
            try isFlexible ? Member(decodingFlexible: &reader) : Member(decoding: &reader, version: version)
        }
        members = try isFlexible ? reader.compactArray(member) : reader.array(member)
    }
}

extension GroupMetadataValue.Member {
    fileprivate init(decoding reader: inout GroupByteReader, version: Int16) throws(GroupLogError) {
        memberID = try reader.string()
        groupInstanceID = version >= 3 ? try reader.nullableString() : nil
        clientID = try reader.string()
        clientHost = try reader.string()
        let rebalance: Int32? = version >= 1 ? try reader.integer() : nil
        sessionTimeoutMilliseconds = try reader.integer()
        rebalanceTimeoutMilliseconds = rebalance ?? sessionTimeoutMilliseconds
        subscription = try reader.nullableBytes() ?? []
        assignment = try reader.nullableBytes() ?? []
    }

    fileprivate init(decodingFlexible reader: inout GroupByteReader) throws(GroupLogError) {
        memberID = try reader.compactString()
        groupInstanceID = try reader.compactNullableString()
        clientID = try reader.compactString()
        clientHost = try reader.compactString()
        rebalanceTimeoutMilliseconds = try reader.integer()
        sessionTimeoutMilliseconds = try reader.integer()
        subscription = try reader.compactBytes()
        assignment = try reader.compactBytes()
        try reader.skipTaggedFields()
    }
}
