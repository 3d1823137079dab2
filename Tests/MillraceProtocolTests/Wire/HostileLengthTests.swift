import MillraceCore
import MillraceProtocol
import Testing

/// What a frame claims costs nothing before it has been checked.
@Suite("Hostile lengths")
struct HostileLengthTests {
    @Test(
        "counts of arrays that the frame cannot hold are refused",
        arguments: [Int32.max, 1 << 30, 5, -2, .min] as [Int32])
    func counts(count: Int32) {
        var bytes = ByteWriter()
        bytes.append(count)
        #expect(throws: WireError.invalidLength(field: "Topics", length: Int64(count))) {
            try Rewriting.read(MetadataRequest.self, version: 1, bytes.copyBytes())
        }
    }

    @Test("compact counts of billions are refused", arguments: [0xffff_ffff, 0x8000_0000, 0x7fff_ffff] as [UInt64])
    func compactCounts(count: UInt64) {
        var bytes = ByteWriter()
        bytes.append(unsignedVarint: count)
        #expect(throws: WireError.invalidLength(field: "Topics", length: Int64(count) - 1)) {
            try Rewriting.read(MetadataRequest.self, version: 9, bytes.copyBytes())
        }
    }

    @Test("a varint beyond 32 bits is refused, however long")
    func varints() {
        for bytes in [[0xff, 0xff, 0xff, 0xff, 0x7f], [UInt8](repeating: 0x80, count: 12)] as [[UInt8]] {
            #expect(throws: WireError.invalidVarint(field: "Topics")) {
                try Rewriting.read(MetadataRequest.self, version: 9, bytes)
            }
        }
    }

    @Test("many small elements may not take more memory than the limit, even where the frame could hold them")
    func budget() {
        // A million empty groups to delete, a byte each, would take 16 million bytes of memory.
        var bytes = ByteWriter()
        bytes.append(unsignedVarint: 1_000_001)
        bytes.appendZeros(1_000_001)
        for index in 0..<1_000_000 { bytes.overwrite(at: 3 + index, UInt8(1)) }
        let frame = bytes.copyBytes()
        #expect(throws: WireError.tooManyElements(field: "GroupsNames")) {
            try Rewriting.read(DeleteGroupsRequest.self, version: 2, frame, memoryLimit: 15 << 20)
        }
        #expect(throws: Never.self) {
            let request = try Rewriting.read(DeleteGroupsRequest.self, version: 2, frame, memoryLimit: 16_000_100)
            #expect(request.groupNames.count == 1_000_000)
        }
    }

    @Test("long texts and bytes count, nested arrays too")
    func nestedBudget() throws {
        var request = SyncGroupRequest()
        var assignment = SyncGroupRequest.Assignment()
        assignment.assignment = [UInt8](repeating: 1, count: 1_000)
        request.assignments = Array(repeating: assignment, count: 10)
        request.memberID = String(repeating: "m", count: 500)
        let bytes = try Rewriting.written(request, version: 5)
        #expect(throws: WireError.tooManyElements(field: "Assignment")) {
            try Rewriting.read(SyncGroupRequest.self, version: 5, bytes, memoryLimit: 10_000)
        }
        #expect(throws: WireError.tooManyElements(field: "MemberId")) {
            try Rewriting.read(SyncGroupRequest.self, version: 5, bytes, memoryLimit: 500)
        }
        #expect(try Rewriting.read(SyncGroupRequest.self, version: 5, bytes, memoryLimit: 12_000) == request)
    }

    @Test("records cost no memory, since they stay in the frame")
    func records() throws {
        var partition = ProduceRequest.Partition()
        partition.records = .bytes([UInt8](repeating: 1, count: 100_000))
        var topic = ProduceRequest.Topic()
        topic.partitions = [partition]
        var request = ProduceRequest()
        request.topics = [topic]
        let bytes = try Rewriting.written(request, version: 12)
        #expect(throws: Never.self) {
            try Rewriting.read(ProduceRequest.self, version: 12, bytes, memoryLimit: 1_000)
        }
    }

    @Test("a tagged field that says another size than it has is refused or passed over, never read past")
    func tagSizes() {
        // ApiVersions response 3, with FinalizedFeaturesEpoch (tag 1, eight bytes).
        let start: [UInt8] = [0, 0, 1, 0, 0, 0, 0, 1, 1]
        let epoch: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 5]
        #expect(throws: WireError.self) {
            try Rewriting.read(APIVersionsResponse.self, version: 3, start + [4] + epoch)
        }
        #expect(throws: WireError.self) {
            try Rewriting.read(APIVersionsResponse.self, version: 3, start + [9] + epoch)
        }
        #expect(throws: Never.self) {
            let longer = try Rewriting.read(APIVersionsResponse.self, version: 3, start + [9] + epoch + [7])
            #expect(longer.finalizedFeaturesEpoch == 5)
        }
    }

    @Test("text that is not UTF-8 is refused")
    func text() {
        #expect(throws: WireError.invalidText(field: "Mechanism")) {
            try Rewriting.read(SASLHandshakeRequest.self, version: 1, [0, 2, 0xc3, 0x28])
        }
    }

    @Test("a text of more than 32,767 bytes cannot be written in a version whose lengths are short")
    func longText() {
        var request = SASLHandshakeRequest()
        request.mechanism = String(repeating: "x", count: 40_000)
        #expect(throws: WireError.invalidLength(field: "Mechanism", length: 40_000)) {
            try Rewriting.written(request, version: 1)
        }
    }
}
