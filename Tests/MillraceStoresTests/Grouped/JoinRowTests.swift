import MillraceCore
import MillraceStores
import Testing

@Suite("Rows of a join's store")
struct JoinRowTests {
    private func bytes(_ row: JoinRow) -> [UInt8] {
        var writer = ByteWriter()
        row.appendStored(to: &writer)
        return writer.copyBytes()
    }

    @Test("their order is that of their bytes, and they can be read again", arguments: 0..<20 as Range<UInt64>)
    func order(seed: UInt64) throws {
        var random = XorShiftGenerator(seed)
        func row() -> JoinRow {
            JoinRow(
                timestamp: [0, 5, .max].randomElement(using: &random) ?? 0,
                offset: Int64.random(in: 0...300, using: &random),
                source: UInt32.random(in: 0...2, using: &random), ordinal: UInt32.random(in: 0...2, using: &random))
        }
        for _ in 0..<200 {
            let (one, other) = (row(), row())
            #expect((one < other) == bytes(one).lexicographicallyPrecedes(bytes(other)), "seed \(seed)")
            #expect(try JoinRow.readStored(bytes(one).span.bytes) == one, "seed \(seed)")
            #expect(JoinRow.first(at: one.timestamp) <= one && one <= JoinRow.last(at: one.timestamp))
        }
    }

    @Test("a changelog key is the key and the row; shorter ones are refused")
    func changelogKey() throws {
        let row = JoinRow(timestamp: 7, offset: 300, source: 9, ordinal: 1)
        var writer = ByteWriter()
        writer.append(utf8: "key")
        row.makeChangelogKey(&writer)
        let read = try JoinRow.readChangelogKey(writer.bytes, timestamp: Timestamp(7))
        #expect(read.group == 0..<3)
        #expect(read.row == row)
        #expect(throws: StoreError.self) {
            _ = try JoinRow.readChangelogKey(writer.bytes.extracting(4..<26), timestamp: Timestamp(7))
        }
        let negative = [UInt8](repeating: 0xff, count: 24)
        #expect(throws: StoreError.self) { _ = try JoinRow.readStored(negative.span.bytes) }
    }
}

private struct XorShiftGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
