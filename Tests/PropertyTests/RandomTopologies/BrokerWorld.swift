import Foundation
import Millrace
import MillraceBroker
import MillraceCluster
import MillraceCore

/// An embedded broker with a random topology's topics, in a directory that goes with it, and instances of an
/// application on it.
final class BrokerWorld {
    static let partitions: Int32 = 3
    let path: String
    let cluster: EmbeddedCluster
    private let plan: RandomTopology

    init(_ plan: RandomTopology) throws {
        self.plan = plan
        path = FileManager.default.temporaryDirectory.path + "/millrace-property-\(UUID().uuidString)"
        var configuration = BrokerConfiguration(dataDirectory: path + "/data", durability: .system)
        configuration.groups.sessionTimeouts = .milliseconds(100) ... .seconds(60)
        configuration.groups.initialRebalanceDelay = .milliseconds(20)
        cluster = EmbeddedCluster(
            try Broker(configuration, disk: FileSystemDisk(), clock: SystemClock(), entropy: SystemEntropy()))
        for topic in plan.inputs + plan.outputs {
            try cluster.admin.createTopic(TopicSpecification(name: topic, partitionCount: BrokerWorld.partitions))
        }
    }

    deinit {
        try? cluster.broker.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    func application(_ instance: Int, threads: Int, emission: EmissionPolicy) throws -> StreamsApplication {
        try StreamsApplication(
            plan.topology,
            StreamsConfiguration(
                applicationID: "app", cluster: cluster, stateDirectory: path + "/state\(instance)", threads: threads,
                commitInterval: .milliseconds(15), emission: emission, sessionTimeout: .milliseconds(600),
                heartbeatInterval: .milliseconds(60), transactionTimeout: .seconds(1)))
    }

    func produce(_ events: some Sequence<Event>) throws {
        for topic in plan.inputs {
            let producer = try TopicProducer(
                cluster, topic: topic, Produced<String, Int64>(key: .string, value: .int64))
            for event in events where event.topic == topic {
                try producer.send(event.key, event.value, at: Timestamp(event.time))
            }
            try producer.flush()
            producer.close()
        }
    }

    func outputs() throws -> [String: [Record<String, Int64>]] {
        var found: [String: [Record<String, Int64>]] = [:]
        for topic in plan.outputs {
            let consumer = try TopicConsumer(cluster, topic: topic, Consumed(key: .string, value: .int64))
            found[topic] = try consumer.readToEnd()
            consumer.close()
        }
        return found
    }

    /// What differs still after `timeout`.
    func differences(timeout: Duration) throws -> [String] {
        let deadline = ContinuousClock.now + timeout
        let pause = Monitor(false)
        while true {
            let differences = plan.differences(try outputs())
            if differences.isEmpty || ContinuousClock.now > deadline { return differences }
            _ = pause.wait(timeout: .milliseconds(10)) { $0 }
        }
    }
}
