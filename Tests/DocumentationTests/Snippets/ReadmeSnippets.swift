import ChatAnalyticsKit
import Foundation
import Millrace
import MillraceCluster
import MillraceKafka
import Testing

/// The code of README.md, run against a broker in a temporary directory.
@Suite("README")
struct ReadmeSnippets {
    @Test("the program counts a minute's messages, and answers while it runs")
    func program() throws {
        let folder = try TemporaryFolder()
        let directory = folder.path
        var isRunning = false
        defer { #expect(isRunning) }

        struct Line: Codable, Sendable {
            var isMessage: Bool
            var text: String
        }

        let builder = StreamsBuilder()
        builder.stream("chat-lines", Consumed(key: .string, value: .json(Line.self)))
            .filter { nick, line in line.isMessage }
            .groupByKey()
            .windowed(by: .tumbling(size: .seconds(60), grace: .seconds(5)))
            .count(.as("messages-per-minute"))
            .toStream()
            .to("chat-minutes", Produced(key: .windowed(.string, size: .seconds(60)), value: .int64))

        let cluster: any Cluster = try .embedded(at: "\(directory)/broker")
        for topic in ["chat-lines", "chat-minutes"] where try cluster.admin.describeTopic(topic) == nil {
            try cluster.admin.createTopic(TopicSpecification(name: topic, partitionCount: 4))
        }

        let application = try StreamsApplication(
            try builder.build(),
            StreamsConfiguration(
                applicationID: "chat", cluster: cluster, stateDirectory: "\(directory)/state", threads: 2))
        try application.start()
        guard application.waitUntil(.running, timeout: .seconds(60)) else { return }
        isRunning = true
        try send("chat-lines", [("ada", #"{"isMessage":true,"text":"hi"}"#, 1_000)], to: cluster)
        try send("chat-lines", [("ada", #"{"isMessage":false,"text":"=== ada"}"#, 2_000)], to: cluster)
        try send("chat-lines", [("ada", #"{"isMessage":true,"text":"ho"}"#, 59_999)], to: cluster)
        let view = try application.store("messages-per-minute", .window(String.self, Int64.self))
        let isCounted = try eventually { try view.get("ada", windowStart: .epoch) == 2 }
        #expect(isCounted)

        let minutes = try application.store("messages-per-minute", .window(String.self, Int64.self))
        for row in try minutes.all() { print(row.key, row.windowStart, row.value) }

        application.close()
        try cluster.close()
        #expect(application.state == .notRunning)
        #expect(application.error == nil)
    }

    @Test("Apache Kafka is one other line; nothing is asked of it before there is work")
    func kafka() throws {
        let cluster: any Cluster = try .kafka(bootstrapServers: "kafka-1:9092,kafka-2:9092")

        #expect(cluster is KafkaCluster)
        try cluster.close()
    }

    @Test("awk finds the talkers that the plain fold finds")
    func talkers() throws {
        let folder = try TemporaryFolder()
        var log = SyntheticLog(seed: 3, nickCount: 300)
        _ = try log.write(lineCount: 20_000, into: folder.path)
        let readme = try #require(Documents.all.first { $0.path == "README.md" })
        let block = try #require(readme.blocks.first { $0.language == "sh" && $0.text.contains("awk") })
        let command = block.text.replacing("../shared/data/irc", with: folder.path)
        let found = try Shell.run(command).split(separator: "\n").map(String.init)
        let expected = try ChatTotals.fold(try LogFolder(folder.path)).topTalkers.talkers
        #expect(found == expected.map { "\($0.messageCount) \($0.nick)" })
    }
}
