import Millrace
import MillraceCluster
import MillraceCore

/// One job over the input log: how it is described, and what its output must come to.
struct StreamCase {
    var name: String
    /// The row of PERFORMANCE.md's table of goals, and Kafka Streams' figures there.
    var row: String
    /// Its row where it runs through librdkafka.
    var kafkaRow: String?
    var kafkaStreams: KafkaStreamsFigures?
    var emission: EmissionPolicy = .coalesced
    /// Topics to make beside the input.
    var outputs: [String] = []
    /// Topics that have one row for each key of the input, from a time before all of it.
    var tables: [String] = []
    /// Fills topics beside the input, before the application starts.
    var prepare: @Sendable (any Cluster) throws -> Void = { _ in }
    var describe: @Sendable (StreamsBuilder) -> Void
    /// Throws where the run's output is not that of the input.
    var check: @Sendable (StreamRun) throws -> Void
    /// Topics that share the input records with the first.
    var otherTopics: [String] = []
}

/// What a check may look at after the last commit.
struct StreamRun {
    var cluster: any Cluster
    var application: StreamsApplication
    var workload: Workload
}

struct WrongResult: Error, CustomStringConvertible {
    let description: String
}

extension StreamCase {
    /// Writes the input, runs the job over it, and measures from 40 % of the input committed to all of it, as the
    /// measurements of Kafka Streams were made.
    func run(_ workload: Workload, in directory: String, at place: Place) throws -> Measurement {
        try place.withCluster(in: directory) { cluster in try run(workload, on: cluster, in: directory, at: place) }
    }

    private func run(
        _ workload: Workload, on cluster: any Cluster, in directory: String, at place: Place
    ) throws -> Measurement {
        let inputs = workload.parts([workload.topic] + otherTopics)
        for part in inputs { try part.write(to: cluster) }
        for table in tables { try workload.writeRows(to: cluster, topic: table) }
        for output in outputs {
            try cluster.admin.createTopic(
                TopicSpecification(name: output, partitionCount: workload.partitions))
        }
        try prepare(cluster)
        let builder = StreamsBuilder()
        describe(builder)
        // Positions that an earlier run has committed are another group's.
        let applicationID = "\(Topics.prefix)\(SystemClock().now().millisecondsSinceEpoch)"
        let application = try StreamsApplication(
            try builder.build(),
            StreamsConfiguration(
                applicationID: applicationID, cluster: cluster, stateDirectory: directory + "/state",
                threadPlacement: place.threadPlacement, guarantee: .exactlyOnce, commitInterval: .milliseconds(100),
                emission: emission))
        let progress = CommittedProgress(
            cluster: cluster, group: applicationID, topics: inputs.map(\.topic),
            partitionCount: workload.partitions, pauseMilliseconds: place.pauseMilliseconds)
        try application.start()
        let first = try progress.wait(until: workload.records * 2 / 5)
        let start = ResourceUsage.now(brokerID: place.brokerID)
        let last = try progress.wait(until: workload.records)
        let usage = ResourceUsage.now(brokerID: place.brokerID) - start
        try check(StreamRun(cluster: cluster, application: application, workload: workload))
        _ = application.close(timeout: .seconds(30))
        let records = last - first
        return Measurement(
            name: name, synced: place.isSynced, records: records,
            bytes: records * (Workload.keyBytes + Workload.valueBytes), usage: usage, kafkaStreams: kafkaStreams,
            note: place.isEmbedded ? row : kafkaRow ?? "")
    }
}

/// How far the application's group has committed.
struct CommittedProgress {
    var cluster: any Cluster
    var group: String
    var topics: [String]
    var partitionCount: Int32
    var pauseMilliseconds: UInt32 = 5
    var deadline: Duration = .seconds(300)

    /// Waits until that many records are committed, and returns how many are.
    func wait(until wanted: Int) throws -> Int {
        let partitions = topics.flatMap { topic in (0..<partitionCount).map { TopicPartition(topic, $0) } }
        let clock = ContinuousClock()
        let end = clock.now + deadline
        while clock.now < end {
            let offsets = try cluster.admin.committedOffsets(
                group: group, partitions: partitions)
            let committed = offsets.values.reduce(0) { $0 + Int($1.offset.rawValue) }
            if committed >= wanted { return committed }
            Files.pause(milliseconds: pauseMilliseconds)
        }
        throw WrongResult(description: "\(wanted) records were not committed within \(deadline)")
    }
}
