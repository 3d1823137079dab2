internal import CRdKafka
package import MillraceCore

/// Reads records through librdkafka, as a member of a group or from partitions that were chosen. One owner, one
/// thread, which must call `poll` again and again. Does I/O on librdkafka's threads.
package struct KafkaConsumer: ~Copyable {
    /// What `poll` may tell of.
    package enum Change: Sendable {
        /// The group gave these partitions; they are read from their committed positions.
        case assigned([TopicPartition])
        /// The group takes these away; they are not read any more.
        case revoked([TopicPartition])
        /// The partition has been read to its end; only with `enable.partition.eof`.
        case reachedEnd(TopicPartition)
        /// Something went wrong; librdkafka goes on unless the error says otherwise.
        case failed(KafkaError)
    }

    // Given back in this order: a client with a queue that is still held never ends.
    private let queue: KafkaQueue
    private let instance: KafkaInstance

    /// - Parameter settings: must name a `group.id`, also where positions are never committed.
    package init(_ settings: borrowing KafkaSettings) throws(KafkaError) {
        instance = try KafkaInstance(RD_KAFKA_CONSUMER, settings)
        // Events of the client come with those of the partitions.
        rd_kafka_poll_set_consumer(instance.handle)
        queue = KafkaQueue(owning: rd_kafka_queue_get_consumer(instance.handle))
    }

    package mutating func subscribe(to topics: [String]) throws(KafkaError) {
        let list = PartitionList(topics: topics)
        try check(rd_kafka_subscribe(instance.handle, list.handle))
    }

    /// Reads these partitions from these positions, whatever a group may say.
    package mutating func assign(_ positions: [KafkaPosition]) throws(KafkaError) {
        let list = PartitionList(positions)
        try check(rd_kafka_assign(instance.handle, list.handle))
    }

    /// Waits at most so long for something to happen. Records are read in place. Returns false where nothing happened.
    ///
    /// - Parameter onChange: returns positions to be committed; those of partitions that are revoked are committed
    ///   before they go.
    /// - Throws: a fatal error.
    package mutating func poll(
        timeout: Duration, onChange: (Change) -> [KafkaPosition] = { _ in [] },
        _ onMessage: (borrowing KafkaMessage) -> Void
    ) throws(KafkaError) -> Bool {
        guard let event = queue.poll(timeout: timeout) else { return false }
        switch event.kind {
        case .fetched: event.forEachMessage(onMessage)
        case .failure(let error):
            if error.reaction == .fatal { throw instance.lastingError() ?? error }
            commitIfAllowed(onChange(.failed(error)))
        case .reachedEnd(let partition): commitIfAllowed(onChange(.reachedEnd(partition)))
        case .assigned:
            let partitions = event.partitions()
            try change(event.handle, isGiven: true)
            commitIfAllowed(onChange(.assigned(partitions.map(\.partition))))
        case .revoked:
            commitIfAllowed(onChange(.revoked(event.partitions().map(\.partition))))
            try change(event.handle, isGiven: false)
        case .deliveries, .other: break
        }
        return true
    }

    /// A commit that comes too late for its generation is no loss: the next owner reads the records again.
    private borrowing func commitIfAllowed(_ positions: [KafkaPosition]) {
        guard !positions.isEmpty else { return }
        let list = PartitionList(positions)
        _ = rd_kafka_commit(instance.handle, list.handle, 0)
    }

    private borrowing func change(_ event: OpaquePointer, isGiven: Bool) throws(KafkaError) {
        let list = rd_kafka_event_topic_partition_list(event)
        if text(rd_kafka_rebalance_protocol(instance.handle)) == "COOPERATIVE" {
            try check(
                consuming: isGiven
                    ? rd_kafka_incremental_assign(instance.handle, list)
                    : rd_kafka_incremental_unassign(instance.handle, list))
        } else {
            try check(rd_kafka_assign(instance.handle, isGiven ? list : nil))
        }
    }

    /// Records of a queue in one call, for benchmarks: at most `limit`, waiting at most so long for the first.
    /// Only with partitions that were assigned. Returns how many there were.
    package mutating func pollBatch(
        into batch: inout KafkaMessageBatch, timeout: Duration, _ onMessage: (borrowing KafkaMessage) -> Void
    ) -> Int {
        batch.fill(from: queue.handle, timeout: timeout, onMessage)
    }

    /// Commits positions: the offsets of the next records to be read.
    package mutating func commit(_ positions: [KafkaPosition]) throws(KafkaError) {
        let list = PartitionList(positions)
        try check(rd_kafka_commit(instance.handle, list.handle, 0))
    }

    /// What the group has committed of these partitions; the offset is `KafkaPosition.none` where nothing was.
    package mutating func committed(
        _ partitions: [TopicPartition], timeout: Duration
    ) throws(KafkaError) -> [KafkaPosition] {
        let list = PartitionList(partitions.map { KafkaPosition($0) })
        try check(rd_kafka_committed(instance.handle, list.handle, timeout.kafkaMilliseconds))
        return list.positions()
    }

    /// The first offset and the one after the last.
    package mutating func watermarks(
        of partition: TopicPartition, timeout: Duration
    ) throws(KafkaError) -> (first: Int64, end: Int64) {
        var first: Int64 = 0
        var end: Int64 = 0
        try check(
            rd_kafka_query_watermark_offsets(
                instance.handle, partition.topic, partition.partition, &first, &end, timeout.kafkaMilliseconds))
        return (first, end)
    }

    /// The offsets of the first records with these timestamps or later; `KafkaPosition.end` where there are none.
    package mutating func offsets(
        forTimes times: [TopicPartition: Timestamp], timeout: Duration
    ) throws(KafkaError) -> [KafkaPosition] {
        let list = PartitionList(
            times.sorted { $0.key < $1.key }.map { KafkaPosition($0.key, offset: $0.value.millisecondsSinceEpoch) })
        try check(rd_kafka_offsets_for_times(instance.handle, list.handle, timeout.kafkaMilliseconds))
        return list.positions()
    }

    package mutating func pause(_ partitions: [TopicPartition]) throws(KafkaError) {
        let list = PartitionList(partitions.map { KafkaPosition($0) })
        try check(rd_kafka_pause_partitions(instance.handle, list.handle))
    }

    package mutating func resume(_ partitions: [TopicPartition]) throws(KafkaError) {
        let list = PartitionList(partitions.map { KafkaPosition($0) })
        try check(rd_kafka_resume_partitions(instance.handle, list.handle))
    }

    /// How many partitions a topic has.
    package mutating func partitionCount(of topic: String, timeout: Duration) throws(KafkaError) -> Int32 {
        guard let handle = rd_kafka_topic_new(instance.handle, topic, nil) else {
            throw KafkaError(rd_kafka_last_error(), topic)
        }
        defer { rd_kafka_topic_destroy(handle) }
        var metadata: UnsafePointer<rd_kafka_metadata>?
        try check(rd_kafka_metadata(instance.handle, 0, handle, &metadata, timeout.kafkaMilliseconds), topic)
        guard let metadata else { throw KafkaError(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, topic) }
        defer { rd_kafka_metadata_destroy(metadata) }
        guard metadata.pointee.topic_cnt > 0 else { throw KafkaError(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, topic) }
        try check(metadata.pointee.topics[0].err, topic)
        return metadata.pointee.topics[0].partition_cnt
    }

    /// What a transactional producer needs to commit this member's positions (KIP-447).
    package func groupMetadata() throws(KafkaError) -> KafkaGroupMetadata {
        guard let handle = rd_kafka_consumer_group_metadata(instance.handle) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__UNKNOWN_GROUP)
        }
        return KafkaGroupMetadata(owning: handle)
    }

    /// Leaves the group. What comes meanwhile is dropped.
    package mutating func close() throws(KafkaError) {
        try check(consuming: rd_kafka_consumer_close_queue(instance.handle, queue.handle))
        while rd_kafka_consumer_closed(instance.handle) == 0 {
            _ = try poll(timeout: .milliseconds(100)) { _ in }
        }
    }
}

/// The one owner of a `rd_kafka_consumer_group_metadata_t`.
package struct KafkaGroupMetadata: ~Copyable {
    let handle: OpaquePointer

    init(owning handle: OpaquePointer) { self.handle = handle }

    deinit { rd_kafka_consumer_group_metadata_destroy(handle) }
}

/// Room for the messages of one `pollBatch`, kept from call to call.
package struct KafkaMessageBatch: ~Copyable {
    private let room: UnsafeMutableBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>

    package init(limit: Int = 10_000) {
        room = .allocate(capacity: limit)
        room.initialize(repeating: nil)
    }

    deinit { room.deallocate() }

    mutating func fill(
        from queue: OpaquePointer, timeout: Duration, _ onMessage: (borrowing KafkaMessage) -> Void
    ) -> Int {
        let count = rd_kafka_consume_batch_queue(queue, timeout.kafkaMilliseconds, room.baseAddress, room.count)
        guard count > 0 else { return 0 }
        for index in 0..<count {
            guard let message = room[index] else { continue }
            onMessage(KafkaMessage(borrowing: message))
            rd_kafka_message_destroy(message)
        }
        return count
    }
}
