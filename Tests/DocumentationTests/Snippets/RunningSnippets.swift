import Foundation
import Millrace
import MillraceCluster
import MillraceTesting
import Testing

/// The code of docs/guide/running.md: an application over a broker in a temporary directory.
@Suite("Guide to running")
struct RunningSnippets {
    private func makeTopology() throws -> Topology {
        let builder = StreamsBuilder()
        builder.stream("messages", Consumed(key: .string, value: .string))
            .groupByKey().count(.as("counts")).toStream().to("totals")
        return try builder.build()
    }

    @Test("an application starts, counts, answers, shares its work and stops")
    func life() throws {
        let folder = try TemporaryFolder()
        let directory = folder.path
        let topology = try makeTopology()
        var isRunning = false
        defer { #expect(isRunning) }

        let cluster: any Cluster = try .embedded(at: "\(directory)/broker")
        try cluster.admin.createTopic(TopicSpecification(name: "messages", partitionCount: 4))
        try cluster.admin.createTopic(TopicSpecification(name: "totals", partitionCount: 4))
        let application = try StreamsApplication(
            topology,
            StreamsConfiguration(
                applicationID: "chat", cluster: cluster, stateDirectory: "\(directory)/state", threads: 2))
        application.onStateChange { new, old in print("\(old) → \(new)") }
        application.onError { error in print("stopping: \(error)") }
        try application.start()
        guard application.waitUntil(.running, timeout: .seconds(60)) else { return }
        isRunning = true
        application.onRestore { report in
            print("\(report.store) of task \(report.task): \(report.restoredRecords) records from \(report.from)")
        }
        let producer = try cluster.makeProducer(ProducerConfiguration(transactionalID: nil, clientID: "feeder"))
        var batch = RecordBatchBuilder()
        let key = Array("ada".utf8)
        let value = Array("hello".utf8)
        batch.append(timestamp: Timestamp(1_000), key: key.span.bytes, value: value.span.bytes)
        try producer.send(&batch, to: TopicPartition("messages", Murmur2.partition(key: key.span.bytes, of: 4)))
        try producer.flush()
        producer.close()
        let view = try application.store("counts", .keyValue(String.self, Int64.self))
        let isCounted = try eventually { try view.get("ada") == 1 }
        #expect(isCounted)
        let counts = try application.store("counts", .keyValue(String.self, Int64.self))
        let ada = try counts.get("ada") ?? 0
        for (nick, count) in try counts.range(from: "a", to: "b") { print(nick, count) }
        #expect(ada == 1)
        let faithful = StreamsConfiguration(
            applicationID: "chat", cluster: cluster, stateDirectory: "\(directory)/state", semantics: .kafkaStreams)
        #expect(faithful.semantics == .kafkaStreams && application.configuration.semantics == .millrace)
        let metrics = application.metrics
        print(metrics.processedRecords, metrics.recordsPerSecond, metrics.lag, metrics.dropped)
        for thread in metrics.threads {
            print(thread.name, thread.commitLatency.nanoseconds(atShare: 0.99), thread.aborts, thread.tasks.count)
        }
        #expect(metrics.threads.count == 2)
        let second = try StreamsApplication(
            topology,
            StreamsConfiguration(applicationID: "chat", cluster: cluster, stateDirectory: "\(directory)/state-2"))
        try second.start()
        #expect(second.waitUntil(.running, timeout: .seconds(60)))
        #expect(second.close())
        application.close()
        try cluster.close()
        #expect(application.state == .notRunning)
        #expect(application.error == nil)
    }

    @Test("a record that cannot be read becomes a dead letter with the headers that the guide names")
    func deadLetters() throws {
        let handlers = ErrorHandlers(
            deserialization: { _ in .deadLetter(topic: "broken-messages") },
            processing: { failed in failed.error is UnexpectedNull ? .skip : .fail })
        let builder = StreamsBuilder()
        builder.stream("messages", Consumed(key: .string, value: .int64)).to("totals")
        let driver = try TopologyTestDriver(try builder.build(), TestDriverConfiguration(handlers: handlers))
        try driver.inputTopic("messages", key: .string, value: .string).send("ada", "no number")
        let letters = driver.outputTopic("broken-messages", key: .string, value: .string)
        let letter = try #require(try letters.read())
        #expect(letter.value == "no number")
        for name in ["error", "node", "topic", "partition", "offset"] {
            #expect(letter.headers.last("__millrace.\(name)") != nil, "header \(name)")
        }
        #expect(driver.droppedRecords == [.undecodable: 1])
    }

    @Test("what to do about each error")
    func errors() {
        func advice(_ error: StreamsError) -> String {
            switch error.code {
            case .storageFull: "free space and start again: nothing committed is lost"
            case .storageFailed: "look at the disk under the broker and the stores"
            case .recordFailed, .userCodeFailed: "correct the program or the handler; the location names the node"
            case .invalidConfiguration, .invalidTopology, .invalidState: "correct the program"
            case .stateDirectoryLocked: "another process runs with this state directory"
            default: "the cluster refused or did not answer: \(error.message)"
            }
        }
        #expect(advice(StreamsError(.storageFull, "no space")).hasPrefix("free space"))
        #expect(advice(StreamsError(.clusterFailed, "why")).hasSuffix("why"))
    }
}
