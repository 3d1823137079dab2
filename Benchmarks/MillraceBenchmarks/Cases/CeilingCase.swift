import CRdKafka
import MillraceCluster
import MillraceCore

/// What librdkafka can do alone with the records of the other cases: the ceiling of whatever goes through it. Each
/// uses it as the port does (Sources/MillraceKafka), with the same settings, and does nothing with the records.
struct CeilingCase: Sendable {
    var name: String
    /// Returns what was used from 40 % of the records to the last.
    private var measure: @Sendable (Workload, LibrdkafkaClient, Int32?) throws -> (Int, ResourceUsage)
    /// Whether the input has to be there before.
    private var reads: Bool

    static let all = [
        CeilingCase(name: "librdkafka consume only", measure: consume, reads: true),
        CeilingCase(name: "librdkafka produce only", measure: produce, reads: false),
    ]

    func run(_ workload: Workload, in directory: String, at place: Place) throws -> Measurement {
        guard case .kafka(let servers, let settings, let brokerID) = place else {
            throw WrongResult(description: "\(name) needs a broker in another process")
        }
        return try place.withCluster(in: directory) { cluster in
            if reads {
                try workload.write(to: cluster)
            } else {
                try cluster.admin.createTopic(TopicSpecification(name: workload.topic, partitionCount: 1))
            }
            let client = try LibrdkafkaClient(
                isProducer: !reads, servers: servers, topic: workload.topic, settings: settings)
            let (records, usage) = try measure(workload, client, brokerID)
            return Measurement(
                name: name, synced: false, records: records,
                bytes: records * (Workload.keyBytes + Workload.valueBytes), usage: usage)
        }
    }

    /// Committed records, many a call.
    private static func consume(
        _ workload: Workload, _ client: LibrdkafkaClient, _ brokerID: Int32?
    ) throws -> (Int, ResourceUsage) {
        let queue = rd_kafka_queue_new(client.handle)
        defer { rd_kafka_queue_destroy(queue) }
        rd_kafka_consume_start_queue(client.topic, 0, 0, queue)
        defer { rd_kafka_consume_stop(client.topic, 0) }
        let room = UnsafeMutableBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>.allocate(capacity: 512)
        room.initialize(repeating: nil)
        defer { room.deallocate() }
        var count = 0
        var begin: (count: Int, usage: ResourceUsage)?
        let deadline = ContinuousClock.now + .seconds(300)
        while count < workload.records {
            guard ContinuousClock.now < deadline else { throw WrongResult(description: "\(count) records came") }
            let taken = rd_kafka_consume_batch_queue(queue, 10, room.baseAddress, room.count)
            for index in 0..<max(0, taken) {
                guard let message = room[index] else { continue }
                if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR { count += 1 }
                rd_kafka_message_destroy(message)
            }
            if begin == nil, count >= workload.records * 2 / 5 { begin = (count, .now(brokerID: brokerID)) }
        }
        return try since(begin, count, brokerID)
    }

    /// Exactly once: in transactions of 100 ms.
    private static func produce(
        _ workload: Workload, _ client: LibrdkafkaClient, _ brokerID: Int32?
    ) throws -> (Int, ResourceUsage) {
        try client.check(rd_kafka_init_transactions(client.handle, 10_000))
        try client.check(rd_kafka_begin_transaction(client.handle))
        let keys = (0..<workload.keys).map { Workload.key(UInt64($0)) }
        let message = ProducedMessage(client, value: [UInt8](repeating: 0x5a, count: Workload.valueBytes))
        var count = 0
        var begin: (count: Int, usage: ResourceUsage)?
        var nextCommit = ContinuousClock.now + .milliseconds(100)
        var failure: (any Error)?
        workload.forEachRecord { key, time in
            if failure != nil { return }
            do {
                try message.send(key: keys[Int(key)], at: time)
                count += 1
                // Reports are taken as often as the port takes them: with each batch.
                guard count % 600 == 0 else { return }
                client.takeReports()
                guard ContinuousClock.now >= nextCommit else { return }
                nextCommit = ContinuousClock.now + .milliseconds(100)
                try client.commit()
                if begin == nil, count >= workload.records * 2 / 5 { begin = (count, .now(brokerID: brokerID)) }
                try client.check(rd_kafka_begin_transaction(client.handle))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        try client.commit()
        return try since(begin, count, brokerID)
    }

    private static func since(
        _ begin: (count: Int, usage: ResourceUsage)?, _ count: Int, _ brokerID: Int32?
    ) throws -> (Int, ResourceUsage) {
        guard let begin else { throw WrongResult(description: "too few records to measure anything") }
        return (count - begin.count, ResourceUsage.now(brokerID: brokerID) - begin.usage)
    }
}
