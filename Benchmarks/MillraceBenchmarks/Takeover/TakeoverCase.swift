import Foundation
import MillraceCluster
import MillraceCore
import MillraceKafka

/// An instance that owns a store of many keys is killed while records come, 500 a second; another one goes on. Broker
/// and instances are processes of their own; everything goes through librdkafka. What is measured begins when the
/// killed process is gone, and ends with the first committed result of a record that was sent after that. The result
/// must be right: the second count of its key.
struct TakeoverCase {
    struct Result {
        var unservedSeconds: Double
        var restored: Int
        var restoreMilliseconds: Int
        /// Processor time of the instance that takes over, and of the broker, while nobody served the partitions.
        var instanceSeconds: Double
        var brokerSeconds: Double?
    }

    static let applicationID = "takeover-app"

    var options: TakeoverOptions
    var cluster: KafkaCluster
    var servers: String
    var broker: ChildProcess?

    static func run(_ options: TakeoverOptions) throws {
        print(
            "| \(options.keys) keys | unserved s | less the session time-out of \(options.sessionTimeoutSeconds) s | "
                + "restored records | restore s | M rec/s/core | broker µs/rec |\n|---|---|---|---|---|---|---|")
        for standbys in [1, 0] {
            for _ in 0..<options.runs {
                print(row(standbys, try once(options, standbys: standbys), options))
                fflush(nil)
            }
        }
    }

    private static func row(_ standbys: Int, _ result: Result, _ options: TakeoverOptions) -> String {
        let isCold = standbys == 0
        let records = Double(max(1, result.restored))
        let cells = [
            isCold ? "no standby" : "a standby", ResultTable.decimal(result.unservedSeconds, 2),
            ResultTable.decimal(result.unservedSeconds - Double(options.sessionTimeoutSeconds), 2),
            "\(result.restored)", ResultTable.decimal(Double(result.restoreMilliseconds) / 1e3, 2),
            isCold ? ResultTable.decimal(records / result.instanceSeconds / 1e6, 2) : "",
            isCold ? result.brokerSeconds.map { ResultTable.decimal($0 / records * 1e6, 2) } ?? "" : "",
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private static func once(_ options: TakeoverOptions, standbys: Int) throws -> Result {
        var options = options
        options.standbys = standbys
        try Files.makeEmpty(options.directory)
        var broker: ChildProcess?
        var servers = options.kafka ?? ""
        if options.kafka == nil {
            let started = try ChildProcess(["takeover-broker", options.directory + "/broker"])
            servers = "127.0.0.1:\(try started.waitForLine("listening"))"
            broker = started
        }
        let cluster = try KafkaCluster(bootstrapServers: servers)
        defer { broker?.kill() }
        return try TakeoverCase(options: options, cluster: cluster, servers: servers, broker: broker).run()
    }

    private func run() throws -> Result {
        for topic in try cluster.admin.listTopics() where topic.hasPrefix("takeover-") {
            try cluster.admin.deleteTopic(topic)
        }
        for topic in [TakeoverInstance.input, TakeoverInstance.output] {
            try cluster.admin.createTopic(TopicSpecification(name: topic, partitionCount: 1))
        }
        try fill()
        let first = try instance("a")
        try waitUntilCommitted(options.keys)
        let second = try instance("b")
        _ = try second.waitForLine(options.standbys > 0 ? "warm" : "running")
        let trickle = try Trickle(cluster, keys: options.keys)
        defer { trickle.end() }
        let results = try ResultWatch(cluster)
        _ = try results.wait(from: 500, deadline: .seconds(30))

        first.kill()
        let start = ContinuousClock.now
        let sent = trickle.sentCount
        let (instanceBefore, brokerBefore) = (second.cpuSeconds, broker?.cpuSeconds)
        let count = try results.wait(from: sent + 1, deadline: .seconds(120))
        let unserved = ContinuousClock.now - start
        let (instanceAfter, brokerAfter) = (second.cpuSeconds, broker?.cpuSeconds)
        guard count == 2 else { throw WrongResult(description: "the count was \(count), not 2") }
        let restored = try second.waitForLine("restored").split(separator: " ")
        let wanted = options.standbys > 0 ? "warm" : "cold"
        guard restored.last ?? "" == wanted else {
            throw WrongResult(description: "the restore was \(restored.last ?? ""), not \(wanted)")
        }
        return Result(
            unservedSeconds: unserved / .seconds(1), restored: Int(restored[0]) ?? 0,
            restoreMilliseconds: Int(restored[1]) ?? 0, instanceSeconds: instanceAfter - instanceBefore,
            brokerSeconds: brokerAfter.flatMap { after in brokerBefore.map { after - $0 } })
    }

    private func instance(_ name: String) throws -> ChildProcess {
        try ChildProcess(["takeover-instance", name, servers] + options.arguments)
    }

    /// A record for each key.
    private func fill() throws {
        let producer = try cluster.makeProducer(ProducerConfiguration(transactionalID: nil, clientID: "fill"))
        let value = [UInt8](repeating: UInt8(ascii: "v"), count: Workload.valueBytes)
        var batch = RecordBatchBuilder(capacity: 1 << 17)
        for index in 0..<options.keys {
            let key = Workload.key(UInt64(index))
            batch.append(timestamp: Timestamp(1), key: key.span.bytes, value: value.span.bytes)
            if batch.count == 600 || index == options.keys - 1 {
                try producer.send(&batch, to: TopicPartition(TakeoverInstance.input, 0))
                batch.reset()
            }
        }
        try producer.flush()
        producer.close()
    }

    private func waitUntilCommitted(_ wanted: Int) throws {
        let partition = TopicPartition(TakeoverInstance.input, 0)
        let end = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < end {
            let offsets = try cluster.admin.committedOffsets(
                group: TakeoverCase.applicationID, partitions: [partition])
            if let offset = offsets[partition]?.offset.rawValue, offset >= wanted { return }
            Files.pause(milliseconds: 20)
        }
        throw WrongResult(description: "\(wanted) records were not committed")
    }
}
