import MillraceCore
import MillraceProtocol
import Testing

/// Bytes worked out by hand from Kafka's protocol guide.
@Suite("Known bytes")
struct KnownBytesTests {
    @Test("the first frame of librdkafka: ApiVersions 3, flexible, with a client id that is never compact")
    func apiVersions() throws {
        let frame: [UInt8] =
            [0, 18, 0, 3, 0, 0, 0, 1, 0, 7] + Array("rdkafka".utf8) + [0]
            + [11] + Array("librdkafka".utf8) + [6] + Array("2.0.2".utf8) + [0]
        let buffer = Rewriting.buffer(frame)
        let (header, body) = try Frame.readRequestHeader(
            buffer, 0..<buffer.count, isFlexible: SupportedVersions.isFlexible)
        #expect(header.apiKey == 18 && header.apiVersion == 3 && header.correlationID == 1)
        #expect(header.clientID == "rdkafka")
        let request = try Frame.readBody(APIVersionsRequest.self, buffer, body, version: 3)
        #expect(request.clientSoftwareName == "librdkafka" && request.clientSoftwareVersion == "2.0.2")

        var writer = WireWriter()
        try Frame.append(request, version: 3, correlationID: 1, clientID: "rdkafka", to: &writer)
        #expect(writer.bytes.copyBytes() == [0, 0, 0, UInt8(frame.count)] + frame)
    }

    @Test("librdkafka's request for the metadata of all topics, three bytes too long, is read where that is allowed")
    func longMetadata() throws {
        // Four bytes for a null list where one would do, then what a reader takes for both options and the tags.
        let bytes: [UInt8] = [0, 0, 0, 0, 1, 0, 0]
        let buffer = Rewriting.buffer(bytes)
        let request = try Frame.readBody(
            MetadataRequest.self, buffer, 0..<buffer.count, version: 13, mayBeLonger: true)
        #expect(request.topics == nil)
        #expect(throws: WireError.trailingBytes(count: 3)) {
            try Frame.readBody(MetadataRequest.self, buffer, 0..<buffer.count, version: 13)
        }
    }

    @Test("the header of an ApiVersions response has no tags, whatever the version; others have")
    func responseHeaders() throws {
        var response = APIVersionsResponse()
        var range = APIVersionsResponse.VersionRange()
        range.apiKey = 18
        range.maxVersion = 4
        response.apiKeys = [range]
        var writer = WireWriter()
        try Frame.append(response, version: 3, correlationID: 7, to: &writer)
        #expect(
            writer.bytes.copyBytes() == [
                0, 0, 0, 19, 0, 0, 0, 7, 0, 0, 2, 0, 18, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0,
            ])
        writer.removeAll()
        try Frame.append(HeartbeatResponse(), version: 4, correlationID: 7, to: &writer)
        #expect(writer.bytes.copyBytes() == [0, 0, 0, 12, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test("tagged fields are written where they differ from their defaults, ascending")
    func tags() throws {
        var response = APIVersionsResponse()
        response.finalizedFeaturesEpoch = 5
        var feature = APIVersionsResponse.FinalizedFeature()
        feature.name = "f"
        feature.maxVersionLevel = 2
        response.finalizedFeatures = [feature]
        let bytes = try Rewriting.written(response, version: 3)
        #expect(
            bytes == [
                0, 0, 1, 0, 0, 0, 0,
                2,  // two tags
                1, 8, 0, 0, 0, 0, 0, 0, 0, 5,
                2, 8, 2, 2, 0x66, 0, 2, 0, 0, 0,
            ])
        #expect(try Rewriting.read(APIVersionsResponse.self, version: 3, bytes) == response)
    }

    @Test("unknown tags are passed over, in the middle of a message too")
    func unknownTags() throws {
        // Heartbeat 4: group, generation, member, instance, then one tag with number 9999 and three bytes.
        let bytes: [UInt8] = [2, 0x67, 0, 0, 0, 3, 2, 0x6d, 0, 1, 0x8f, 0x4e, 3, 1, 2, 3]
        let request = try Rewriting.read(HeartbeatRequest.self, version: 4, bytes)
        #expect(request.groupID == "g" && request.generationID == 3 && request.memberID == "m")
        #expect(request.groupInstanceID == nil)

        // LeaveGroup 5: a member with a tag, and the request with two.
        let members: [UInt8] = [2, 0x67, 2, 2, 0x6d, 0, 0, 1, 5, 1, 0xff, 2, 6, 0, 7, 1, 9]
        let leave = try Rewriting.read(LeaveGroupRequest.self, version: 5, members)
        #expect(leave.members.map(\.memberID) == ["m"])
    }

    @Test("null topics in Metadata: all since version 1; version 0 has no null")
    func metadata() throws {
        #expect(try Rewriting.read(MetadataRequest.self, version: 1, [0xff, 0xff, 0xff, 0xff]).topics == nil)
        #expect(try Rewriting.read(MetadataRequest.self, version: 1, [0, 0, 0, 0]).topics == [])
        #expect(throws: WireError.invalidLength(field: "Topics", length: -1)) {
            try Rewriting.read(MetadataRequest.self, version: 0, [0xff, 0xff, 0xff, 0xff])
        }
        var request = MetadataRequest()
        request.topics = nil
        #expect(throws: WireError.invalidLength(field: "Topics", length: -1)) {
            try Rewriting.written(request, version: 0)
        }
        #expect(try Rewriting.written(request, version: 9) == [0, 1, 0, 0, 0])
    }

    @Test("an assignment that is null is a byte -1, one that is there a byte 1 (KIP-893)")
    func nullableStructures() throws {
        var response = ConsumerGroupHeartbeatResponse()
        response.memberEpoch = 1
        let without = try Rewriting.written(response, version: 0)
        #expect(without == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xff, 0])
        response.assignment = ConsumerGroupHeartbeatResponse.Assignment()
        let with = try Rewriting.written(response, version: 0)
        #expect(with == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0])
        #expect(try Rewriting.read(ConsumerGroupHeartbeatResponse.self, version: 0, with) == response)
    }

    @Test("records of a Produce request stay where they are in the frame")
    func produce() throws {
        var partition = ProduceRequest.Partition()
        partition.partitionIndex = 3
        partition.records = .bytes([9, 8, 7])
        var topic = ProduceRequest.Topic()
        topic.name = "t"
        topic.partitions = [partition]
        var request = ProduceRequest()
        request.acks = -1
        request.timeoutMilliseconds = 1_000
        request.topics = [topic]
        let bytes = try Rewriting.written(request, version: 3)
        #expect(
            bytes == [
                0xff, 0xff, 0xff, 0xff, 0, 0, 3, 0xe8, 0, 0, 0, 1, 0, 1, 0x74,
                0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 3, 9, 8, 7,
            ])
        let read = try Rewriting.read(ProduceRequest.self, version: 3, bytes)
        #expect(read.topics[0].partitions[0].records == .inFrame(27..<30))
    }

    @Test("a Fetch response leaves gaps for records that come from elsewhere, and counts them")
    func gaps() throws {
        var partition = FetchResponse.Partition()
        partition.records = .elsewhere(byteCount: 1_000)
        var topic = FetchResponse.Topic()
        topic.partitions = [partition, partition]
        var response = FetchResponse()
        response.topics = [topic]
        var writer = WireWriter()
        try Frame.append(response, version: 16, correlationID: 1, to: &writer)
        #expect(writer.gaps.map(\.byteCount) == [1_000, 1_000])
        #expect(writer.byteCount == writer.bytes.count + 2_000)
        var reader = ByteReader()
        #expect(Int(try reader.read(Int32.self, from: writer.bytes.bytes)) == writer.byteCount - 4)
        // Behind the first gap are the partition's tags, the next partition and its length.
        #expect(writer.gaps[1].position > writer.gaps[0].position)
    }

    @Test("an error code that we do not know is read as unknownServerError")
    func unknownError() throws {
        let response = try Rewriting.read(HeartbeatResponse.self, version: 0, [0x7f, 0xff])
        #expect(response.error == .unknownServerError)
    }
}
