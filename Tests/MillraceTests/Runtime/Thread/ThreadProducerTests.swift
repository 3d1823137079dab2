import EngineKit
import MillraceCluster
import MillraceCore
import Testing

@testable import Millrace

@Suite("A thread's producer")
struct ThreadProducerTests {
    private func producer(_ test: TestCluster) throws -> ThreadProducer {
        try ThreadProducer(
            cluster: test.cluster, transactionalID: "app-0", clientID: "app-0", transactionTimeout: .seconds(10))
    }

    private func send(_ producer: ThreadProducer) throws {
        var batch = RecordBatchBuilder()
        let value = Array("x".utf8)
        batch.append(timestamp: .epoch, key: nil, value: value.span.bytes)
        try producer.send(&batch, to: TopicPartition("out", 0))
    }

    @Test("works on after an abort that was refused", arguments: Engine.available)
    func refusedAbort(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("out")
        let first = try producer(test)
        try send(first)
        // What a time-out does too: the transaction is aborted and its epoch fenced.
        let second = try producer(test)
        first.abort()
        try send(first)
        try first.commit([:], consumer: test.cluster.makeConsumer(ConsumerConfiguration(groupID: nil, clientID: "c")))
        #expect(try test.read("out").count == 1)
        first.close()
        second.close()
    }
}
