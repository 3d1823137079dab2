import CRdKafka

/// One record after the other, all with the same value, into partition 0.
final class ProducedMessage {
    private let client: LibrdkafkaClient
    /// Behind one another.
    private let keys: UnsafeMutableRawBufferPointer
    private let keyBytes: Int
    private let value: UnsafeMutableRawBufferPointer
    private let fields = UnsafeMutableBufferPointer<rd_kafka_vu_t>.allocate(capacity: 6)

    init(_ client: LibrdkafkaClient, keys keyTable: [UInt8], keyBytes: Int, value bytes: [UInt8]) {
        self.client = client
        self.keyBytes = keyBytes
        keys = .allocate(byteCount: keyTable.count, alignment: 8)
        keys.copyBytes(from: keyTable)
        value = .allocate(byteCount: bytes.count, alignment: 8)
        value.copyBytes(from: bytes)
        fields.initialize(repeating: rd_kafka_vu_t())
        fields[0].vtype = RD_KAFKA_VTYPE_RKT
        fields[0].u.rkt = client.topic
        fields[1].vtype = RD_KAFKA_VTYPE_PARTITION
        fields[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS
        fields[2].u.i = RD_KAFKA_MSG_F_COPY
        fields[3].vtype = RD_KAFKA_VTYPE_TIMESTAMP
        fields[4].vtype = RD_KAFKA_VTYPE_KEY
        fields[4].u.mem.size = keyBytes
        fields[5].vtype = RD_KAFKA_VTYPE_VALUE
        fields[5].u.mem.ptr = value.baseAddress
        fields[5].u.mem.size = value.count
    }

    deinit {
        fields.deallocate()
        value.deallocate()
        keys.deallocate()
    }

    /// - Parameter key: its number in the table.
    func send(key: Int, at time: Int64) throws {
        fields[3].u.i64 = time
        fields[4].u.mem.ptr = keys.baseAddress.map { $0 + key * keyBytes }
        while let error = rd_kafka_produceva(client.handle, fields.baseAddress, fields.count) {
            guard rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__QUEUE_FULL else { return try client.check(error) }
            rd_kafka_error_destroy(error)
            client.takeReports(milliseconds: 20)
        }
    }
}
