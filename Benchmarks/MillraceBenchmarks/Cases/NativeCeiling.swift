import MillraceCluster
import MillraceCore
import MillraceKafka

/// What our own record client can do alone: the ceiling of the stream cases over the wire. Through the port, with
/// nothing done with the records but what the port does: checksums, and what was aborted left out.
enum NativeCeiling {
    /// Committed records, counted batch by batch.
    static func consume(
        _ workload: Workload, _ brokers: CeilingCase.Brokers
    ) throws -> (Int, ResourceUsage) {
        let cluster = try KafkaCluster(
            bootstrapServers: brokers.servers, settings: brokers.settings, records: .native)
        let consumer = try cluster.makeConsumer(ConsumerConfiguration(groupID: nil, clientID: "ceiling"))
        let partition = TopicPartition(workload.topic, 0)
        try consumer.assign([partition])
        try consumer.seek(partition, to: .zero)
        var fetched: [FetchedBatches] = []
        var records = 0
        var begin: (count: Int, usage: ResourceUsage)?
        let deadline = ContinuousClock.now + .seconds(300)
        while records < workload.records {
            guard ContinuousClock.now < deadline else {
                throw WrongResult(description: "\(records) of \(workload.records) records came")
            }
            _ = try consumer.poll(maxWait: .milliseconds(50), into: &fetched)
            for batches in fetched {
                for batch in batches.batches { records += Int(batch.header.recordCount) }
            }
            if begin == nil, records >= workload.records * 2 / 5 {
                begin = (records, .now(brokerID: brokers.brokerID))
            }
        }
        let result = try CeilingCase.since(begin, records, brokers.brokerID)
        consumer.close()
        return result
    }
}
