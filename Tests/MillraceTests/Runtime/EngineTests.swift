import EngineKit
import Foundation
import MillraceCluster
import MillraceKafka
import Testing

@Suite("The engines that applications are tested on")
struct EngineTests {
    @Test(
        "an Apache Kafka is among them",
        .enabled(if: Engine.bootstrapServers != nil, "MILLRACE_KAFKA names no bootstrap address"))
    func apacheKafka() throws {
        let test = try TestCluster(.apacheKafka)
        try test.create("here")
        #expect(try test.cluster.admin.listTopics().contains("here"))
    }

    @Test("a broker process is, and ends with the engine")
    func served() throws {
        let path = FileManager.default.temporaryDirectory.path + "/millrace-engine-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let broker = try BrokerProcess(path: path)
        let cluster = try KafkaCluster(bootstrapServers: broker.address)
        try cluster.admin.createTopic(TopicSpecification(name: "here", partitionCount: 1))
        #expect(try cluster.admin.describeTopic("here")?.partitionCount == 1)
        #expect(broker.isRunning)
        broker.kill()
        #expect(!broker.isRunning && broker.errors.isEmpty, "\(broker.errors)")
    }
}
