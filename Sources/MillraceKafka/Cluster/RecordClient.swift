/// Who moves the records of a `KafkaCluster`. Groups, offsets and topics are our own client's either way.
public enum RecordClient: String, Hashable, Sendable, CaseIterable {
    /// librdkafka: it takes and hands out records one by one, with threads of its own.
    case librdkafka
    /// Millrace's own client: whole batches, on the thread that asks for them.
    case native
}
