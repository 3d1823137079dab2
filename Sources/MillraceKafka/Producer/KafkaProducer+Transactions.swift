internal import CRdKafka
internal import MillraceCluster
internal import MillraceCore
internal import MillraceBroker

/// Parts of transactions that the port needs beyond librdkafka's own consumers: a group membership that is ours.
extension KafkaProducer {
    /// Makes positions, with their texts, part of the transaction, fenced by a seat in the group (KIP-447).
    mutating func sendOffsets(
        _ offsets: [TopicPartition: CommittedOffset], group: GroupMetadata, timeout: Duration
    ) throws(KafkaError) {
        let list = PartitionList([])
        for (partition, offset) in offsets.sorted(by: { $0.key < $1.key }) { list.add(partition, offset) }
        let seat = KafkaGroupMetadata(
            owning: rd_kafka_consumer_group_metadata_new_with_genid(
                group.groupID, group.generation, group.memberID, group.groupInstanceID))
        try check(
            consuming: rd_kafka_send_offsets_to_transaction(
                instance.handle, list.handle, seat.handle, timeout.kafkaMilliseconds))
    }

    /// Aborts. What is under way is reported meanwhile, to this thread, without which librdkafka would not come to an
    /// end; so another thread makes the call.
    mutating func abortTransaction(
        timeout: Duration, _ onReport: (borrowing KafkaMessage) -> Void
    ) throws(KafkaError) {
        // The address as a number: pointers do not go to other threads.
        let address = UInt(bitPattern: instance.handle)
        let outcome = Monitor<Result<Void, KafkaError>?>(nil)
        let done = WakeSignal()
        let thread = SystemThread.start(name: "kafka-abort") {
            let result: Result<Void, KafkaError>
            do throws(KafkaError) {
                try check(
                    consuming: rd_kafka_abort_transaction(
                        OpaquePointer(bitPattern: address), timeout.kafkaMilliseconds))
                result = .success(())
            } catch {
                result = .failure(error)
            }
            outcome.update { $0 = result }
            done.raise()
        }
        defer { thread.join() }
        while true {
            if let result = outcome.withLock({ $0 }) { return try result.get() }
            _ = try? poll(timeout: .milliseconds(10), onReport)
        }
    }
}

extension PartitionList {
    /// Adds a position with its text, which librdkafka frees with the list.
    borrowing func add(_ partition: TopicPartition, _ offset: CommittedOffset) {
        let entry = rd_kafka_topic_partition_list_add(handle, partition.topic, partition.partition)
        entry?.pointee.offset = offset.offset.rawValue
        let text = Array(offset.metadata.utf8)
        guard !text.isEmpty, let copy = rd_kafka_mem_calloc(nil, text.count, 1) else { return }
        copy.copyMemory(from: text, byteCount: text.count)
        entry?.pointee.metadata = copy
        entry?.pointee.metadata_size = text.count
    }
}
