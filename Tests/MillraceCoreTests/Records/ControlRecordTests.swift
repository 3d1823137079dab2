import MillraceCore
import Testing

@Suite("Control records")
struct ControlRecordTests {
    @Test("a marker is a transactional control batch of one record", arguments: [TransactionOutcome.commit, .abort])
    func roundTrip(outcome: TransactionOutcome) throws {
        var builder = RecordBatchBuilder()
        builder.append(PlainRecord(timestamp: 1, key: nil, value: nil, headers: .empty))
        let producer = ProducerIdentity(id: 9, epoch: 4)
        let record = ControlRecord(outcome, coordinatorEpoch: 12)
        record.write(into: &builder, producer: producer, timestamp: Timestamp(77))
        let header = try RecordBatchHeader(from: builder.bytes)
        try header.verifyChecksum(of: builder.bytes)
        #expect(header.attributes.isControl && header.attributes.isTransactional)
        #expect(header.producer == producer && header.baseSequence == -1 && header.recordCount == 1)
        let found = try readBatch(builder.bytes)[0].record
        #expect(found.timestamp == 77)
        #expect(found.key == [0, 0, 0, outcome == .commit ? 1 : 0])
        #expect(found.value == [0, 0, 0, 0, 0, 12])
        let key = found.key ?? []
        let value = found.value ?? []
        let read = try ControlRecord(key: key.span.bytes, value: value.span.bytes)
        #expect(read == record)
    }

    @Test(
        "damaged ones are refused",
        arguments: [
            ([], [0, 0, 0, 0, 0, 1]), ([0, 0, 0], [0, 0, 0, 0, 0, 1]), ([0, 0, 0, 2], [0, 0, 0, 0, 0, 1]),
            ([0, 0, 0xff, 0xff], [0, 0, 0, 0, 0, 1]), ([0, 0, 0, 1], []), ([0, 0, 0, 1], [0, 0, 0, 0, 1]),
        ] as [([UInt8], [UInt8])])
    func damaged(key: [UInt8], value: [UInt8]) {
        #expect(throws: RecordError.self) { try ControlRecord(key: key.span.bytes, value: value.span.bytes) }
    }
}
