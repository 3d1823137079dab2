import MillraceCore
import Testing

@testable import Millrace

@Suite("Commit metadata")
struct CommitMetadataTests {
    @Test("is Kafka Streams' version 2")
    func bytes() {
        #expect(CommitMetadata(partitionTime: Timestamp(5)).encoded() == "AgAAAAAAAAAF")
        #expect(CommitMetadata(partitionTime: nil).encoded() == "Av//////////")
        #expect(CommitMetadata(decoding: "AQAAAAAAAAAF") == CommitMetadata(partitionTime: Timestamp(5)), "version 1")
    }

    @Test("comes back as it went")
    func roundTrip() {
        for count in 0..<5 {
            let names = (0..<count).map { ("KSTREAM-AGGREGATE-000000000\($0)", Timestamp(Int64($0) * 1_000)) }
            let metadata = CommitMetadata(
                partitionTime: Timestamp(1_700_000_000_000), operatorTimes: Dictionary(uniqueKeysWithValues: names))
            #expect(CommitMetadata(decoding: metadata.encoded()) == metadata)
        }
    }

    @Test("of many operators fits into what a broker takes, and their times come back")
    func manyOperators() {
        let names = (0..<100).map { "orders-by-customer-and-day-windowed-aggregate-\($0)/closed" }
        let times = names.enumerated().map { ($1, Timestamp(Int64($0) * 1_000)) }
        let metadata = CommitMetadata(partitionTime: .epoch, operatorTimes: Dictionary(uniqueKeysWithValues: times))
        let text = metadata.encoded()
        #expect(text.utf8.count <= 4_096)
        let restored = OperatorTimes()
        restored.restore(CommitMetadata(decoding: text).operatorTimes)
        for (name, time) in times { #expect(restored.restoredTime(of: name) == time) }
        #expect(restored.restoredTime(of: "another") == nil)
    }

    @Test("of another tool counts as none", arguments: ["", "hello", "AgAA", "////", "AgAAAAAAAAAF====", "A==="])
    func foreign(text: String) {
        #expect(CommitMetadata(decoding: text) == CommitMetadata(partitionTime: nil))
    }
}
