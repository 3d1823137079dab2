import ChatAnalyticsKit
import Foundation
import MillraceCluster
import MillraceCore
import Testing

@Suite("Producing lines")
struct ChatIngestTests {
    static let topic = "lines"
    static let partitionCount: Int32 = 3

    @Test("an ingest that stopped anywhere is gone on with: every line once, in order", arguments: [0, 1, 700, 1_999])
    func resumes(stopAfter: Int) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "chat-ingest-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let data = folder.path(percentEncoded: false)
        var log = SyntheticLog(seed: 11, nickCount: 50)
        var lines: [ChatLogParser.Line] = []
        ChatLogParser.forEachLine(of: log.day(lineCount: 2_000), day: ChatDay(daysSinceEpoch: 1)) { lines.append($0) }

        let first = try EmbeddedCluster(dataDirectory: data)
        try first.admin.createTopic(
            TopicSpecification(name: ChatIngestTests.topic, partitionCount: ChatIngestTests.partitionCount))
        let stopped = try ChatIngest(cluster: first, topic: ChatIngestTests.topic, batchBytes: 1_000)
        // What still waits in open batches is lost with the ingest.
        for line in lines.prefix(stopAfter) { try stopped.send(line) }
        stopped.close()
        try first.close()

        let second = try EmbeddedCluster(dataDirectory: data)
        let ingest = try ChatIngest(cluster: second, topic: ChatIngestTests.topic)
        for line in lines { try ingest.send(line) }
        try ingest.flush()
        #expect(ingest.lineCount == lines.count)
        #expect(ingest.skippedCount <= stopAfter)
        #expect(stopAfter < 700 || ingest.skippedCount > 0)
        ingest.close()
        let found = try readAll(second)
        for nick in Set(lines.map(\.nick)) {
            #expect(found.filter { $0.nick == nick } == lines.filter { $0.nick == nick })
        }
        #expect(found.count == lines.count)
        try second.close()
    }

    @Test("without its topic it says so")
    func noTopic() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "chat-ingest-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let cluster = try EmbeddedCluster(dataDirectory: folder.path(percentEncoded: false))
        let error = #expect(throws: ClusterError.self) { try ChatIngest(cluster: cluster, topic: "nowhere") }
        #expect(error?.kind == .unknownTopic)
        try cluster.close()
    }

    private func readAll(_ cluster: EmbeddedCluster) throws -> [ChatLogParser.Line] {
        let consumer = try cluster.makeConsumer(ConsumerConfiguration(groupID: nil, clientID: "test"))
        defer { consumer.close() }
        let partitions = (0..<ChatIngestTests.partitionCount).map { TopicPartition(ChatIngestTests.topic, $0) }
        try consumer.assign(partitions)
        var ends: [TopicPartition: Offset] = [:]
        for partition in partitions {
            ends[partition] = try cluster.admin.offset(of: partition, at: .latest(.readCommitted))
            try consumer.seek(partition, to: .zero)
        }
        var lines: [ChatLogParser.Line] = []
        let deadline = ContinuousClock.now + .seconds(30)
        while try partitions.contains(where: { try consumer.position(of: $0) != ends[$0] }) {
            guard ContinuousClock.now < deadline else {
                Issue.record("the topic cannot be read to its end")
                break
            }
            var fetched: [FetchedBatches] = []
            _ = try consumer.poll(maxWait: .milliseconds(100), into: &fetched)
            for batches in fetched { lines += try decode(batches) }
        }
        return lines
    }

    private func decode(_ fetched: FetchedBatches) throws -> [ChatLogParser.Line] {
        let bytes = fetched.buffer.bytes
        var lines: [ChatLogParser.Line] = []
        for batch in fetched.batches {
            var cursor = RecordCursor(header: batch.header, recordsAt: batch.recordsStart)
            while let slot = try cursor.next(in: bytes) {
                let key = try #require(slot.key)
                let value = try #require(slot.value)
                lines.append(
                    ChatLogParser.Line(
                        nick: bytes.extracting(key).lossyUTF8, timestamp: slot.timestamp,
                        line: try ChatLineSerde().deserialize(bytes.extracting(value))))
            }
        }
        return lines
    }
}
