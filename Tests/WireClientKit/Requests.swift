package import MillraceCore
package import MillraceProtocol

/// Batches and requests for tests. Pure.
package enum Requests {
    package static func batch(_ values: [String], compressedAs compression: Compression = .none) -> [UInt8] {
        var builder = RecordBatchBuilder()
        for value in values {
            builder.append(timestamp: Timestamp(1_000), key: nil, value: Array(value.utf8).span.bytes)
        }
        builder.seal()
        return [UInt8](copying: builder.bytes)
    }

    package static func produce(_ topic: String, _ partition: Int32 = 0, batch: [UInt8], acks: Int16 = 1)
        -> ProduceRequest
    {
        var request = ProduceRequest()
        request.acks = acks
        var part = ProduceRequest.Partition()
        part.partitionIndex = partition
        part.records = .bytes(batch)
        var named = ProduceRequest.Topic()
        named.name = topic
        named.partitions = [part]
        request.topics = [named]
        return request
    }

    package static func fetch(
        _ topic: String, _ partitions: [Int32] = [0], from offset: Int64 = 0, maxWait: Int32 = 0, minBytes: Int32 = 1,
        maxBytes: Int32 = 1 << 20
    ) -> FetchRequest {
        var request = FetchRequest()
        request.maxWaitMilliseconds = maxWait
        request.minBytes = minBytes
        request.maxBytes = maxBytes
        var named = FetchRequest.Topic()
        named.name = topic
        named.partitions = partitions.map { number in
            var part = FetchRequest.Partition()
            part.partitionIndex = number
            part.fetchOffset = offset
            part.partitionMaxBytes = 1 << 20
            return part
        }
        request.topics = [named]
        return request
    }

    package static func metadata(_ topics: [String]?) -> MetadataRequest {
        var request = MetadataRequest()
        request.topics = topics?.map { name in
            var topic = MetadataRequest.Topic()
            topic.name = name
            return topic
        }
        return request
    }
}
