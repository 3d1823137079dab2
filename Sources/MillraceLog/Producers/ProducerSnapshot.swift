internal import MillraceCore

/// A producer state table in Kafka's `.snapshot` format; its name is the offset it stands for. Does no I/O.
///
///     at  0  2  version, 1                        each producer, 46 bytes:
///         2  4  CRC-32C of all from 6 on          at  0  8  producer id         26  8  timestamp
///         6  4  number of producers                   8  2  epoch               34  4  coordinator epoch
///        10     the producers                        10  4  last sequence       38  8  first offset of the open
///                                                    14  8  last offset                transaction, -1 for none
///                                                    22  4  offset delta
///
/// Of the remembered batches only the last one has a place there. The others follow behind the producers, where Kafka
/// does not look, so that a client may send all that it has in flight again after a restart:
///
///         4  "MRB1"                               each batch, 20 bytes, the oldest first:
///     each producer, in the same order:           at  0  4  first sequence
///         1  number of older batches, 0 to 4;         4  4  last sequence
///            128 more if its past is unknown          8  8  last offset
///            the older batches                       16  4  offset delta
enum ProducerSnapshot {
    static let headByteCount = 10
    static let entryByteCount = 46
    /// "MRB1"
    static let batchesMagic: Int32 = 0x4D52_4231
    static let unknownPastFlag: UInt8 = 0x80

    static func encode(_ table: ProducerStateTable, into writer: inout ByteWriter) {
        let start = writer.count
        precondition(start == 0, "a snapshot is a whole file, nothing comes before it (\(start) bytes)")
        writer.append(Int16(1))
        writer.append(UInt32(0))
        writer.append(Int32(table.entries.count))
        for (producerID, entry) in table.entries.sorted(by: { $0.key < $1.key }) {
            let last = entry.last
            writer.append(producerID)
            writer.append(entry.epoch)
            writer.append(last?.lastSequence ?? -1)
            writer.append(last?.lastOffset ?? -1)
            writer.append(last?.offsetDelta ?? 0)
            writer.append(entry.lastSeen.millisecondsSinceEpoch)
            writer.append(entry.coordinatorEpoch)
            writer.append(entry.transactionStart?.rawValue ?? -1)
        }
        appendBatches(of: table, to: &writer)
        let checksum = CRC32C.checksum(writer.bytes.extracting(6..<writer.count))
        writer.overwrite(at: 2, checksum)
    }

    private static func appendBatches(of table: ProducerStateTable, to writer: inout ByteWriter) {
        writer.append(batchesMagic)
        for (_, entry) in table.entries.sorted(by: { $0.key < $1.key }) {
            let older = entry.batches.dropLast()
            writer.append(UInt8(older.count) | (entry.hasUnknownPast ? unknownPastFlag : 0))
            for batch in older {
                writer.append(batch.firstSequence)
                writer.append(batch.lastSequence)
                writer.append(batch.lastOffset)
                writer.append(batch.offsetDelta)
            }
        }
    }

    /// Nil where the bytes are damaged: a snapshot can be replaced by replaying the log.
    static func decode(_ bytes: RawSpan) -> ProducerStateTable? {
        guard bytes.byteCount >= headByteCount else { return nil }
        var reader = ByteReader()
        do {
            let version = try reader.read(Int16.self, from: bytes)
            let checksum = try reader.read(UInt32.self, from: bytes)
            guard version == 1, checksum == CRC32C.checksum(bytes.extracting(6..<bytes.byteCount)) else { return nil }
            let count = try reader.read(Int32.self, from: bytes)
            guard count >= 0, bytes.byteCount >= headByteCount + Int(count) * entryByteCount else { return nil }
            var entries: [(producerID: Int64, entry: ProducerEntry)] = []
            for _ in 0..<count {
                let producerID = try reader.read(Int64.self, from: bytes)
                entries.append((producerID, try decodeEntry(bytes, &reader)))
            }
            try readBatches(bytes, &reader, into: &entries)
            var table = ProducerStateTable()
            for (producerID, entry) in entries { table.restore(producerID, entry) }
            return table
        } catch {
            return nil
        }
    }

    /// Older versions of this program, and Kafka, write none.
    private static func readBatches(
        _ bytes: RawSpan, _ reader: inout ByteReader, into entries: inout [(producerID: Int64, entry: ProducerEntry)]
    ) throws(ByteError) {
        guard reader.position < bytes.byteCount, try reader.read(Int32.self, from: bytes) == batchesMagic else {
            return
        }
        for index in entries.indices {
            let head = try reader.read(UInt8.self, from: bytes)
            var older: [SequencedBatch] = []
            for _ in 0..<(head & ~unknownPastFlag) {
                let first = try reader.read(Int32.self, from: bytes)
                let last = try reader.read(Int32.self, from: bytes)
                let offset = try reader.read(Int64.self, from: bytes)
                older.append(
                    SequencedBatch(
                        firstSequence: first, lastSequence: last, lastOffset: offset,
                        offsetDelta: try reader.read(from: bytes)))
            }
            entries[index].entry.hasUnknownPast = head & unknownPastFlag != 0
            entries[index].entry.prepend(older)
        }
    }

    private static func decodeEntry(_ bytes: RawSpan, _ reader: inout ByteReader) throws(ByteError) -> ProducerEntry {
        let epoch = try reader.read(Int16.self, from: bytes)
        let lastSequence = try reader.read(Int32.self, from: bytes)
        let lastOffset = try reader.read(Int64.self, from: bytes)
        let offsetDelta = try reader.read(Int32.self, from: bytes)
        var entry = ProducerEntry(epoch: epoch, lastSeen: Timestamp(try reader.read(from: bytes)))
        entry.coordinatorEpoch = try reader.read(from: bytes)
        let start = try reader.read(Int64.self, from: bytes)
        entry.transactionStart = start >= 0 ? Offset(start) : nil
        if lastSequence >= 0 {
            let first = lastSequence &- offsetDelta
            entry.remember(
                SequencedBatch(
                    firstSequence: first >= 0 ? first : first &+ Int32.max &+ 1, lastSequence: lastSequence,
                    lastOffset: lastOffset, offsetDelta: offsetDelta))
        }
        return entry
    }
}
