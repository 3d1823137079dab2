import EngineKit
import Millrace
import MillraceCluster
import MillraceCore
import Testing

@Suite("Where an application begins to read", .serialized)
struct CommittedPositionTests {
    private let input = TopicPartition("words", 0)

    /// An application that copies, over an input with 10 records.
    private func application(_ test: TestCluster, offsetReset: OffsetQuery?) throws -> StreamsApplication {
        try test.create("words")
        try test.create("out")
        try test.produce("words", (0..<10).map { ("k\($0)", "v", Int64($0)) })
        let builder = StreamsBuilder()
        builder.stream("words", Consumed(key: .string, value: .string))
            .to("out", Produced(key: .string, value: .string))
        return try StreamsApplication(
            builder.build(),
            StreamsConfiguration(
                applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory,
                commitInterval: .milliseconds(20), offsetReset: offsetReset, sessionTimeout: test.engine.sessionTimeout,
                heartbeatInterval: .milliseconds(100), rebalanceTimeout: test.engine.rebalanceTimeout,
                transactionTimeout: .seconds(1)))
    }

    private func commit(_ offset: Int64, _ test: TestCluster) throws {
        let consumer = try test.cluster.makeConsumer(ConsumerConfiguration(groupID: "app", clientID: "test"))
        try consumer.commit([input: CommittedOffset(Offset(offset))])
        consumer.close()
    }

    @Test(
        "a position beyond the log's end stops it: the log has lost what was counted", arguments: Engine.onEveryClient)
    func beyondTheEnd(engine: Engine) throws {
        let test = try TestCluster(engine)
        let application = try application(test, offsetReset: .earliest)
        try commit(11, test)
        try application.start()
        #expect(application.waitUntil(.error, timeout: .seconds(20)))
        let error = try #require(application.error)
        #expect(error.code == .offsetOutOfRange, "\(error)")
        #expect(error.location.partition == input)
        #expect(error.location.task == TaskID(subtopology: 0, partition: 0))
        #expect(error.message.contains("11") && error.message.contains("10"), "\(error)")
        application.close()
        #expect(try test.read("out").isEmpty)
        let offsets = try test.cluster.admin.committedOffsets(group: "app", partitions: [input])
        #expect(offsets[input]?.offset == Offset(11), "the position stays for a person to judge")
    }

    @Test("a position at the log's end is sound", arguments: Engine.onEveryClient)
    func atTheEnd(engine: Engine) throws {
        let test = try TestCluster(engine)
        let application = try application(test, offsetReset: nil)
        try commit(10, test)
        try application.start()
        #expect(application.waitUntil(.running, timeout: .seconds(20)), "\(String(describing: application.error))")
        try test.produce("words", [("new", "v", 11)])
        try test.eventually("the new record") { try test.read("out").map(\.key) == ["new"] }
        application.close()
        #expect(application.error == nil)
    }

    @Test("without a position and a reset, another error says so", arguments: Engine.onEveryClient)
    func nothingCommitted(engine: Engine) throws {
        let test = try TestCluster(engine)
        let application = try application(test, offsetReset: nil)
        try application.start()
        #expect(application.waitUntil(.error, timeout: .seconds(20)))
        #expect(application.error?.code == .noOffsetForPartition, "\(String(describing: application.error))")
        #expect(application.error?.location.partition == input)
        application.close()
    }
}
