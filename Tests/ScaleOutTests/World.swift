import EngineKit
import Foundation
import Millrace
import MillraceCluster
import MillraceCore

/// Brokers with the topics of `ScaleOutTool`, and a directory that is removed with them.
final class World {
    static let roomCount = 40
    static let windowMilliseconds: Int64 = 10_000

    let path = NSTemporaryDirectory() + "millrace-scale-\(UUID().uuidString)"
    let engine: Engine
    let cluster: any Cluster
    let address: String
    private(set) var brokerDeaths = 0
    private let running: RunningEngine

    init(_ engine: Engine) throws {
        self.engine = engine
        running = try RunningEngine(engine, path: path)
        cluster = running.cluster
        address = running.address ?? ""
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (topic, partitions) in [("events", 8), ("rooms", 8), ("copies", 8), ("counts", 4)] as [(String, Int32)] {
            try cluster.admin.createTopic(TopicSpecification(name: topic, partitionCount: partitions))
        }
        let producer = try TopicProducer(cluster, topic: "rooms", Produced(key: .string, value: .string))
        for room in 0..<World.roomCount {
            try producer.send(
                World.room(room), World.city(ofRoom: room), at: Timestamp(Ledger.startMilliseconds - 1_000))
        }
        try producer.flush()
        producer.close()
    }

    deinit {
        running.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    func restartBroker() throws {
        brokerDeaths += 1
        try running.restartBroker(after: .milliseconds(300))
    }

    static func room(_ number: Int) -> String { "room \(number)" }
    static func city(ofRoom number: Int) -> String { "city \(number % 6)" }
}
