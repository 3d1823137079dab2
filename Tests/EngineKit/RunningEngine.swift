internal import Foundation
internal import MillraceBroker
package import MillraceCluster
package import MillraceCore
internal import MillraceKafka

/// An engine that has been started: its cluster, and how to end it. Does I/O; used by the test's thread.
package final class RunningEngine {
    package let cluster: any Cluster
    /// Where other processes reach it; nil for the embedded broker.
    package let address: String?
    private let broker: Broker?
    private var process: BrokerProcess?
    private let path: String
    private let isExclusive: Bool

    /// Tests share one Apache Kafka, with the same names: one at a time.
    private static let turn = Monitor(false)
    /// Says that a cluster is the tests' own, and its topics may go.
    private static let marker = "millrace-tests"

    /// - Parameters:
    ///   - path: a directory of the engine's own.
    ///   - disk: where the embedded broker keeps its data.
    package init(_ engine: Engine, path: String, disk: any Disk = FileSystemDisk()) throws {
        self.path = path
        switch engine {
        case .embedded:
            let broker = try RunningEngine.open(path, disk)
            (self.broker, process, address, isExclusive) = (broker, nil, nil, false)
            cluster = EmbeddedCluster(broker)
        case .served, .servedNative:
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            let process = try BrokerProcess(path: path)
            (broker, self.process, address, isExclusive) = (nil, process, process.address, false)
            // Applications that are abandoned stay when their broker has gone: their clients would complain for ever.
            cluster = try KafkaCluster(
                bootstrapServers: process.address, settings: engine.records == .librdkafka ? ["log_level": "0"] : [:],
                records: engine.records)
        case .apacheKafka, .apacheKafkaNative:
            let address = Engine.bootstrapServers ?? ""
            let cluster = try KafkaCluster(bootstrapServers: address, records: engine.records)
            (broker, process, self.address, isExclusive) = (nil, nil, address, true)
            self.cluster = cluster
            RunningEngine.takeTurn()
            try RunningEngine.empty(cluster)
        }
    }

    deinit {
        close()
        if isExclusive { RunningEngine.turn.update { $0 = false } }
    }

    /// What the embedded broker does by time alone, as if it were so late.
    package func tick(now: Timestamp) { _ = broker?.tick(now: now) }

    /// Only a broker of the tests' own ends.
    package func close() {
        process?.kill()
        try? broker?.close()
    }

    /// Kills a broker process and starts it again on the same data and address, after a moment.
    package func restartBroker(after pause: Duration) throws {
        guard let process, let address else { return }
        process.kill()
        _ = Monitor(false).wait(timeout: pause) { $0 }
        self.process = try BrokerProcess(path: path, listen: address)
    }

    private static func takeTurn() {
        while true {
            turn.wait { !$0 }
            let isMine = turn.withLock { isTaken in
                defer { isTaken = true }
                return !isTaken
            }
            if isMine { return }
        }
    }

    /// Deletes what earlier tests have left. A cluster with topics that is not marked is somebody's: it is refused.
    private static func empty(_ cluster: KafkaCluster) throws {
        let topics = try cluster.admin.listTopics().filter { !$0.hasPrefix("__") }
        if !topics.contains(marker) {
            guard topics.isEmpty else {
                throw ToolProcess.Failure(
                    description: "MILLRACE_KAFKA has topics of others, and the tests delete all: \(topics.prefix(5))")
            }
            try cluster.admin.createTopic(TopicSpecification(name: marker, partitionCount: 1))
        }
        for topic in topics where topic != marker {
            do { try cluster.admin.deleteTopic(topic) } catch let error {
                // A broker may still list what was deleted a moment ago.
                guard error.code == .unknownTopicOrPartition else { throw error }
            }
        }
    }

    private static func open(_ path: String, _ disk: any Disk) throws -> Broker {
        var configuration = BrokerConfiguration(dataDirectory: path + "/data", durability: .system)
        configuration.groups.sessionTimeouts = .milliseconds(100) ... .seconds(60)
        configuration.groups.initialRebalanceDelay = .milliseconds(20)
        return try Broker(configuration, disk: disk, clock: SystemClock(), entropy: SystemEntropy())
    }
}
