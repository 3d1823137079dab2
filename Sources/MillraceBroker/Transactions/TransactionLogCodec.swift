package import MillraceCore

/// Kafka's format of `__transaction_state` (`TransactionLogKey` v0, `TransactionLogValue` v0 and v1). Pure.
///
///     key    i16 version 0 · string transactional id
///     value  i16 version 0 · i64 producer id · i16 producer epoch · i32 time-out ms · i8 status
///            · [string topic, [i32 partition]] (null in the state Empty, and only there)
///            · i64 last update · i64 start, or -1
///
/// Lengths of strings are i16, of arrays i32. Version 1, which is written, is the same in compact form, with tagged
/// fields: 2 `ClientTransactionVersion` i16, and one of our own, which Kafka's tools pass over:
///
///     1000   i8 version 1 · i8 flags (1 the epoch is shared, 2 a checkpoint) · i64 previous producer id
///            · i16 its epoch · i32 number of starts · per start: i64 incarnation of the topic, i64 offset
///
/// Version 0 is of earlier versions of this program, where every end raised the epoch. A null value forgets the id.
package enum TransactionLogCodec {
    /// What one record of the log says.
    package enum Entry: Hashable, Sendable {
        case set(TransactionMetadata)
        case remove(transactionalID: String)
    }

    package static func writeKey(_ transactionalID: String, into writer: inout ByteWriter) {
        writer.append(Int16(0))
        append(transactionalID, to: &writer)
    }

    package static func writeValue(_ metadata: TransactionMetadata, into writer: inout ByteWriter) {
        writer.append(Int16(1))
        writer.append(metadata.producer.id)
        writer.append(metadata.producer.epoch)
        writer.append(metadata.timeoutMilliseconds)
        writer.append(metadata.status.rawValue)
        // Null in the state Empty only: Kafka reads the partitions of every other state without a look.
        if metadata.status == .empty, metadata.partitions.isEmpty {
            writer.append(unsignedVarint: 0)
        } else {
            appendPartitions(metadata.partitions, to: &writer)
        }
        writer.append(metadata.updatedAt.millisecondsSinceEpoch)
        writer.append(metadata.startedAt?.millisecondsSinceEpoch ?? -1)
        TransactionLogTags(metadata).write(into: &writer)
    }

    /// Reads the record whose key and value lie in these ranges of `bytes`.
    package static func read(
        key: Range<Int>, value: Range<Int>?, in bytes: RawSpan
    ) throws(RecordError) -> Entry {
        do {
            let keyBytes = bytes.extracting(key)
            var reader = ByteReader()
            let version: Int16 = try reader.read(from: keyBytes)
            guard version == 0 else { throw RecordError.malformed("transaction key of version \(version)") }
            let transactionalID = try readString(&reader, keyBytes)
            guard let value else { return .remove(transactionalID: transactionalID) }
            return .set(try readValue(bytes.extracting(value), transactionalID: transactionalID))
        } catch let error as RecordError {
            throw error
        } catch {
            throw .malformed("transaction entry: \(error)")
        }
    }

    private static func readValue(_ bytes: RawSpan, transactionalID: String) throws -> TransactionMetadata {
        var reader = ByteReader()
        let version: Int16 = try reader.read(from: bytes)
        guard version == 0 || version == 1 else {
            throw RecordError.malformed("transaction value of version \(version)")
        }
        let producerID: Int64 = try reader.read(from: bytes)
        let producer = ProducerIdentity(id: producerID, epoch: try reader.read(from: bytes))
        let timeout: Int32 = try reader.read(from: bytes)
        let rawStatus: Int8 = try reader.read(from: bytes)
        guard let status = TransactionStatus(rawValue: rawStatus) else {
            throw RecordError.malformed("transaction status \(rawStatus)")
        }
        let partitions =
            try version == 0 ? readPartitions(&reader, bytes) : readCompactPartitions(&reader, bytes)
        let updatedAt = Timestamp(try reader.read(Int64.self, from: bytes))
        let started: Int64 = try reader.read(from: bytes)
        var metadata = TransactionMetadata(
            transactionalID: transactionalID, producer: producer, timeoutMilliseconds: timeout, status: status,
            partitions: partitions, startedAt: started < 0 ? nil : Timestamp(started), updatedAt: updatedAt)
        if version == 1 { try TransactionLogTags(&reader, bytes).apply(to: &metadata) }
        guard metadata.starts.isEmpty || metadata.starts.count == partitions.count else {
            throw RecordError.malformed("\(metadata.starts.count) starts for \(partitions.count) partitions")
        }
        return metadata
    }

    // MARK: Parts

    private static func append(_ text: String, to writer: inout ByteWriter) {
        writer.append(Int16(truncatingIfNeeded: text.utf8.count))
        writer.append(utf8: text)
    }

    /// Partitions by topic, in the order of the sorted list.
    private static func appendPartitions(_ partitions: [TopicPartition], to writer: inout ByteWriter) {
        var groups: [(topic: String, partitions: [Int32])] = []
        for partition in partitions {
            if let last = groups.indices.last, groups[last].topic == partition.topic {
                groups[last].partitions.append(partition.partition)
            } else {
                groups.append((partition.topic, [partition.partition]))
            }
        }
        writer.append(unsignedVarint: groups.count + 1)
        for group in groups {
            writer.append(unsignedVarint: group.topic.utf8.count + 1)
            writer.append(utf8: group.topic)
            writer.append(unsignedVarint: group.partitions.count + 1)
            for partition in group.partitions { writer.append(partition) }
            writer.append(unsignedVarint: 0)
        }
    }

    private static func readString(_ reader: inout ByteReader, _ bytes: RawSpan) throws -> String {
        let length: Int16 = try reader.read(from: bytes)
        return bytes.extracting(try reader.readRange(Int(length), from: bytes)).lossyUTF8
    }

    private static func readPartitions(_ reader: inout ByteReader, _ bytes: RawSpan) throws -> [TopicPartition] {
        let topics: Int32 = try reader.read(from: bytes)
        var partitions: [TopicPartition] = []
        var topicIndex: Int32 = 0
        while topicIndex < topics {
            let topic = try readString(&reader, bytes)
            let count: Int32 = try reader.read(from: bytes)
            var index: Int32 = 0
            while index < count {
                partitions.append(TopicPartition(topic, try reader.read(from: bytes)))
                index += 1
            }
            topicIndex += 1
        }
        return partitions
    }

    private static func readCompactPartitions(
        _ reader: inout ByteReader, _ bytes: RawSpan
    ) throws -> [TopicPartition] {
        var partitions: [TopicPartition] = []
        var topics = try reader.readUnsignedVarint(from: bytes)
        while topics > 1 {
            let length = Int(clamping: try reader.readUnsignedVarint(from: bytes)) - 1
            let topic = bytes.extracting(try reader.readRange(length, from: bytes)).lossyUTF8
            var count = try reader.readUnsignedVarint(from: bytes)
            while count > 1 {
                partitions.append(TopicPartition(topic, try reader.read(from: bytes)))
                count -= 1
            }
            try skipTaggedFields(&reader, bytes)
            topics -= 1
        }
        return partitions
    }

    private static func skipTaggedFields(_ reader: inout ByteReader, _ bytes: RawSpan) throws {
        var count = try reader.readUnsignedVarint(from: bytes)
        while count > 0 {
            _ = try reader.readUnsignedVarint(from: bytes)
            let size = Int(clamping: try reader.readUnsignedVarint(from: bytes))
            _ = try reader.readRange(size, from: bytes)
            count -= 1
        }
    }
}
