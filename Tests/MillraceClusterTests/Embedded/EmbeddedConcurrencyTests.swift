import MillraceBroker
import MillraceCluster
import MillraceCore
import Testing

/// The machine's own disk and threads, the maintenance thread included.
@Suite("several threads commit on one real broker")
struct EmbeddedConcurrencyTests {
    private static let threads = 4
    private static let commits = 50

    private static func commit(_ cluster: EmbeddedCluster, thread: Int) throws {
        let producer = try cluster.makeProducer(
            ProducerConfiguration(transactionalID: "t\(thread)", clientID: "test"))
        try producer.initializeTransactions()
        for round in 0..<commits {
            try producer.beginTransaction()
            for partition in 0..<2 as Range<Int32> {
                try producer.send(["\(thread)-\(round)"], to: TopicPartition("out", partition))
            }
            try producer.sendOffsets(
                [TopicPartition("in", Int32(thread)): CommittedOffset(Offset(Int64(round)))],
                group: GroupMetadata(groupID: "g", generation: -1, memberID: ""))
            if round.isMultiple(of: 5) { try producer.abortTransaction() } else { try producer.commitTransaction() }
        }
    }

    @Test("everything committed by four threads is there, in each one's order, after a restart")
    func parallel() async throws {
        let disk = FileSystemDisk()
        let directory = "/tmp/millrace-test-\(SystemEntropy().next())"
        defer { try? disk.removeDirectory(directory) }
        do {
            let cluster = try EmbeddedCluster(dataDirectory: directory)
            try cluster.admin.createTopic(TopicSpecification(name: "out", partitionCount: 2))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for thread in 0..<Self.threads { group.addTask { try Self.commit(cluster, thread: thread) } }
                try await group.waitForAll()
            }
            try cluster.close()
        }
        let cluster = try EmbeddedCluster(dataDirectory: directory)
        let consumer = try cluster.makeConsumer(ConsumerConfiguration(groupID: nil, clientID: "test"))
        try consumer.assign([TopicPartition("out", 0), TopicPartition("out", 1)])
        var found: [Int32: [String]] = [:]
        var batches: [FetchedBatches] = []
        repeat {
            _ = try consumer.poll(maxWait: .zero, into: &batches)
            for fetched in batches { found[fetched.partition.partition, default: []] += try fetched.values() }
        } while !batches.isEmpty
        for partition in 0..<2 as Range<Int32> {
            for thread in 0..<Self.threads {
                let own = found[partition, default: []].filter { $0.hasPrefix("\(thread)-") }
                let expected = (0..<Self.commits).filter { !$0.isMultiple(of: 5) }.map { "\(thread)-\($0)" }
                #expect(own == expected, "partition \(partition), thread \(thread)")
            }
        }
        let offsets = try cluster.admin.committedOffsets(group: "g", partitions: [TopicPartition("in", 3)])
        #expect(offsets.values.map(\.offset) == [Offset(49)])
        try cluster.close()
    }
}
