import CRdKafka
import MillraceCluster
import MillraceCore

/// What a record client can do alone with the records of the other cases: the ceiling of whatever goes through it; our
/// own is in `NativeCeiling`. librdkafka goes the port's way (Sources/MillraceKafka), with the same calls and settings,
/// and nothing is done with the records.
struct CeilingCase: Sendable {
    var name: String
    /// Returns what was used from 40 % of the records to the last.
    private var measure: @Sendable (Workload, Brokers) throws -> (Int, ResourceUsage)
    /// Whether the input has to be there before.
    private var reads: Bool

    /// Whom a case talks to.
    struct Brokers: Sendable {
        var servers: String
        /// Of the record client, in place of the port's.
        var settings: [String: String]
        var brokerID: Int32?
    }

    static let all = [
        CeilingCase(name: "librdkafka consume only", measure: consume, reads: true),
        CeilingCase(name: "librdkafka produce only", measure: produce, reads: false),
        CeilingCase(name: "native consume only", measure: NativeCeiling.consume, reads: true),
        CeilingCase(name: "native produce only", measure: NativeCeiling.produce, reads: false),
    ]

    func run(_ workload: Workload, in directory: String, at place: Place) throws -> Measurement {
        guard case .kafka(let servers, let settings, _, let brokerID, let usesOneCore) = place else {
            throw WrongResult(description: "\(name) needs a broker in another process")
        }
        return try place.withCluster(in: directory) { cluster in
            if reads {
                try workload.write(to: cluster)
            } else {
                try cluster.admin.createTopic(TopicSpecification(name: workload.topic, partitionCount: 1))
            }
            let brokers = Brokers(servers: servers, settings: settings, brokerID: brokerID)
            let outcome = Monitor<Result<(Int, ResourceUsage), any Error>?>(nil)
            // As the application's thread.
            let thread = SystemThread.start(name: "ceiling", core: usesOneCore ? 0 : nil) {
                let result = Result { try measure(workload, brokers) }
                outcome.update { $0 = result }
            }
            thread.join()
            guard let (records, usage) = try outcome.withLock({ $0 })?.get() else {
                throw WrongResult(description: "\(name) has no result")
            }
            return Measurement(
                name: name, synced: false, records: records,
                bytes: records * (Workload.keyBytes + Workload.valueBytes), usage: usage)
        }
    }

    /// What the callback of `consume` counts.
    private struct Count {
        var records = 0
        let instance: OpaquePointer
        /// Where the callback stops, so that the caller can look at the clock.
        var stop: Int
    }

    /// Committed records, one callback for each.
    private static func consume(_ workload: Workload, _ brokers: Brokers) throws -> (Int, ResourceUsage) {
        let client = try LibrdkafkaClient(
            isProducer: false, servers: brokers.servers, topic: workload.topic, settings: brokers.settings)
        let brokerID = brokers.brokerID
        let queue = rd_kafka_queue_new(client.handle)
        defer { rd_kafka_queue_destroy(queue) }
        rd_kafka_consume_start_queue(client.topic, 0, 0, queue)
        defer { rd_kafka_consume_stop(client.topic, 0) }
        var count = Count(instance: client.handle, stop: workload.records * 2 / 5)
        var begin: (count: Int, usage: ResourceUsage)?
        let deadline = ContinuousClock.now + .seconds(300)
        while count.records < workload.records {
            guard ContinuousClock.now < deadline else {
                throw WrongResult(description: "\(count.records) of \(workload.records) records came")
            }
            withUnsafeMutablePointer(to: &count) { count in
                _ = rd_kafka_consume_callback_queue(
                    queue, 50,
                    { message, count in
                        guard let message, message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR,
                            let count = count?.assumingMemoryBound(to: Count.self)
                        else { return }
                        count.pointee.records += 1
                        if count.pointee.records == count.pointee.stop { rd_kafka_yield(count.pointee.instance) }
                    }, count)
            }
            if begin == nil, count.records >= count.stop { begin = (count.records, .now(brokerID: brokerID)) }
        }
        return try since(begin, count.records, brokerID)
    }

    /// Exactly once: in transactions of 100 ms.
    private static func produce(_ workload: Workload, _ brokers: Brokers) throws -> (Int, ResourceUsage) {
        let client = try LibrdkafkaClient(
            isProducer: true, servers: brokers.servers, topic: workload.topic, settings: brokers.settings)
        let brokerID = brokers.brokerID
        try client.check(rd_kafka_init_transactions(client.handle, 10_000))
        try client.check(rd_kafka_begin_transaction(client.handle))
        let message = ProducedMessage(
            client, keys: (0..<workload.keys).flatMap { Workload.key(UInt64($0)) }, keyBytes: Workload.keyBytes,
            value: [UInt8](repeating: 0x5a, count: Workload.valueBytes))
        var count = 0
        var begin: (count: Int, usage: ResourceUsage)?
        var nextCommit = ContinuousClock.now + .milliseconds(100)
        var failure: (any Error)?
        workload.forEachRecord { key, time in
            if failure != nil { return }
            do {
                try message.send(key: Int(key), at: time)
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

    static func since(
        _ begin: (count: Int, usage: ResourceUsage)?, _ count: Int, _ brokerID: Int32?
    ) throws -> (Int, ResourceUsage) {
        guard let begin else { throw WrongResult(description: "too few records to measure anything") }
        return (count - begin.count, ResourceUsage.now(brokerID: brokerID) - begin.usage)
    }
}
