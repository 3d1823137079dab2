import MillraceCore

/// Keys and values of the consumer protocol's records in `__consumer_offsets`, as Apache Kafka 4.3 writes them. Pure.
/// Every value is version 0, flexible: compact strings and arrays, tagged fields at the end.
///
/// | key | then | value |
/// | --- | --- | --- |
/// | 3 | group | epoch int32; tag 0: hash of topics int64 |
/// | 4 | group | (not written; passed over) |
/// | 5 | group, member | instance?, rack?, client id, host, [topic], pattern?, rebalance timeout int32, assignor? |
/// | 6 | group | assignment epoch int32 |
/// | 7 | group, member | [topic id, [int32]] |
/// | 8 | group, member | epoch, previous epoch int32; state int8; assigned, pending revocation as in 7 |
/// | 16 | group, pattern | [topic], version int64, timestamp int64 |
extension ConsumerGroupEntry {
    func encodeKey(groupID: String, to writer: inout GroupByteWriter) {
        func key(_ version: Int16, _ second: String? = nil) {
            writer.integer(version)
            writer.string(groupID)
            if let second { writer.string(second) }
        }
        switch self {
        case .group: key(3)
        case .partitionMetadata: key(4)
        case .member(let id, _): key(5, id)
        case .targetEpoch: key(6)
        case .target(let id, _): key(7, id)
        case .current(let id, _): key(8, id)
        case .pattern(let pattern, _): key(16, pattern)
        }
    }

    func encodedValue() -> [UInt8]? {
        var writer = GroupByteWriter()
        writer.integer(Int16(0))
        switch self {
        case .group(let value?):
            writer.integer(value.epoch)
            var hash = GroupByteWriter()
            hash.integer(value.topicsHash)
            writer.taggedFields(value.topicsHash == 0 ? [] : [(tag: 0, bytes: hash.bytes)])
        case .member(_, let value?):
            value.encode(to: &writer)
        case .targetEpoch(let epoch?):
            writer.integer(epoch)
            writer.taggedFields()
        case .target(_, let partitions?):
            writer.partitions(partitions)
            writer.taggedFields()
        case .current(_, let value?):
            writer.integer(value.epoch)
            writer.integer(value.previousEpoch)
            writer.integer(value.state.rawValue)
            writer.partitions(value.assigned)
            writer.partitions(value.pendingRevocation)
            writer.taggedFields()
        case .pattern(_, let value?):
            writer.compactArray(value.topics) { $0.compactString($1) }
            writer.integer(value.version)
            writer.integer(value.resolved.millisecondsSinceEpoch)
            writer.taggedFields()
        case .group(nil), .member(_, nil), .targetEpoch(nil), .target(_, nil), .current(_, nil), .pattern(_, nil),
            .partitionMetadata:
            return nil
        }
        return writer.bytes
    }

    /// - Parameter key: behind the version and the group.
    static func decode(
        version: Int16, key: inout GroupByteReader, value: [UInt8]?
    ) throws(GroupLogError) -> ConsumerGroupEntry {
        func read<Value>(
            _ what: String, _ body: (inout GroupByteReader) throws(GroupLogError) -> Value
        ) throws(GroupLogError) -> Value? {
            guard let value else { return nil }
            var reader = GroupByteReader(value)
            let version: Int16 = try reader.integer()
            guard version == 0 else { throw .unknownVersion(of: what, version) }
            return try body(&reader)
        }
        switch version {
        case 3: return .group(try read("ConsumerGroupMetadataValue", ConsumerGroupValue.init(decoding:)))
        case 4: return .partitionMetadata
        case 5:
            return .member(
                try key.string(), try read("ConsumerGroupMemberMetadataValue", ConsumerMemberValue.init(decoding:)))
        case 6:
            return .targetEpoch(
                try read("ConsumerGroupTargetAssignmentMetadataValue") { reader throws(GroupLogError) in
                    let epoch: Int32 = try reader.integer()
                    try reader.skipTaggedFields()
                    return epoch
                })
        case 7:
            return .target(
                try key.string(),
                try read("ConsumerGroupTargetAssignmentMemberValue") { reader throws(GroupLogError) in
                    let partitions = try reader.partitions()
                    try reader.skipTaggedFields()
                    return partitions
                })
        case 8:
            return .current(
                try key.string(),
                try read("ConsumerGroupCurrentMemberAssignmentValue", CurrentAssignmentValue.init(decoding:)))
        case 16:
            return .pattern(
                try key.string(),
                try read("ConsumerGroupRegularExpressionValue", ResolvedPatternValue.init(decoding:)))
        default: throw .unknownVersion(of: "group log key", version)
        }
    }
}

extension ConsumerGroupValue {
    fileprivate init(decoding reader: inout GroupByteReader) throws(GroupLogError) {
        epoch = try reader.integer()
        var hash: Int64 = 0
        try reader.taggedFields { tag, field throws(GroupLogError) in
            if tag == 0 { hash = try field.integer() }
        }
        topicsHash = hash
    }
}

extension ConsumerMemberValue {
    fileprivate func encode(to writer: inout GroupByteWriter) {
        writer.compactNullableString(instanceID)
        writer.compactNullableString(rackID)
        writer.compactString(clientID)
        writer.compactString(clientHost)
        writer.compactArray(topicNames) { $0.compactString($1) }
        writer.compactNullableString(topicPattern)
        writer.integer(rebalanceTimeoutMilliseconds)
        writer.compactNullableString(assignor)
        writer.taggedFields()
    }

    fileprivate init(decoding reader: inout GroupByteReader) throws(GroupLogError) {
        instanceID = try reader.compactNullableString()
        rackID = try reader.compactNullableString()
        clientID = try reader.compactString()
        clientHost = try reader.compactString()
        topicNames = try reader.compactArray { reader throws(GroupLogError) in try reader.compactString() }
        topicPattern = try reader.compactNullableString()
        rebalanceTimeoutMilliseconds = try reader.integer()
        assignor = try reader.compactNullableString()
        try reader.skipTaggedFields()
    }
}

extension CurrentAssignmentValue {
    fileprivate init(decoding reader: inout GroupByteReader) throws(GroupLogError) {
        epoch = try reader.integer()
        previousEpoch = try reader.integer()
        let rawState: Int8 = try reader.integer()
        guard let state = State(rawValue: rawState) else {
            throw .unknownVersion(of: "state of a group's member", Int16(rawState))
        }
        self.state = state
        assigned = try reader.partitions()
        pendingRevocation = try reader.partitions()
        try reader.skipTaggedFields()
    }
}

extension ResolvedPatternValue {
    fileprivate init(decoding reader: inout GroupByteReader) throws(GroupLogError) {
        topics = try reader.compactArray { reader throws(GroupLogError) in try reader.compactString() }
        version = try reader.integer()
        resolved = Timestamp(try reader.integer())
        try reader.skipTaggedFields()
    }
}

extension GroupByteWriter {
    fileprivate mutating func partitions(_ partitions: Set<TopicIDPartition>) {
        compactArray(TopicIDPartitions.lists(of: partitions)) { writer, list in
            writer.topicID(list.topic)
            writer.compactArray(list.partitions) { $0.integer($1) }
            writer.taggedFields()
        }
    }
}

extension GroupByteReader {
    fileprivate mutating func partitions() throws(GroupLogError) -> Set<TopicIDPartition> {
        let lists = try compactArray { reader throws(GroupLogError) -> TopicIDPartitions in
            let topic = try reader.topicID()
            let partitions = try reader.compactArray { reader throws(GroupLogError) -> Int32 in try reader.integer() }
            try reader.skipTaggedFields()
            return TopicIDPartitions(topic: topic, partitions: partitions)
        }
        return TopicIDPartitions.set(of: lists)
    }
}
