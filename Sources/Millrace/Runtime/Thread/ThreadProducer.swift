internal import MillraceCluster
internal import MillraceCore

/// The producer of one stream thread. Exactly once, everything the thread's tasks write goes into one transaction,
/// begun with the first batch and ended by the commit (exactly once v2, KIP-447; SEMANTICS L1). At least once it is
/// idempotent and knows no transactions. Calls the cluster; owned by the stream thread.
final class ThreadProducer: BatchSender {
    private let cluster: any Cluster
    private let configuration: ProducerConfiguration
    private var producer: any ClusterProducer
    private var partitionCounts: [String: Int32] = [:]
    private(set) var isTransactionOpen = false
    /// Beginning or ending a transaction failed: the client is to be made anew before the next one begins.
    private var isDamaged = false
    private(set) var sentBatches = 0
    private(set) var sentRecords = 0
    private(set) var sentBytes = 0

    /// - Parameter transactionalID: nil for at least once. The same after a restart, so that what a killed process left
    ///   open is aborted at once.
    init(
        cluster: any Cluster, transactionalID: String?, clientID: String, transactionTimeout: Duration
    ) throws(ClusterError) {
        self.cluster = cluster
        configuration = ProducerConfiguration(
            transactionalID: transactionalID, clientID: clientID, transactionTimeout: transactionTimeout)
        producer = try cluster.makeProducer(configuration)
        guard transactionalID != nil else { return }
        do {
            try producer.initializeTransactions()
        } catch {
            guard error.kind == .retriable else { throw error }
            isDamaged = true
        }
    }

    var isTransactional: Bool { configuration.transactionalID != nil }

    func send(_ batch: inout RecordBatchBuilder, to partition: TopicPartition) throws {
        try begin()
        sentBatches += 1
        sentRecords += batch.count
        sentBytes += batch.byteCount
        try producer.send(&batch, to: partition)
    }

    func partitionCount(of topic: String) throws -> Int32 {
        if let count = partitionCounts[topic] { return count }
        guard let description = try cluster.admin.describeTopic(topic) else {
            throw ClusterError(.unknownTopic, "topic \(topic), which the topology writes, does not exist")
        }
        partitionCounts[topic] = description.partitionCount
        return description.partitionCount
    }

    func endOffset(of partition: TopicPartition) -> Offset? { producer.endOffset(of: partition) }

    private func begin() throws(ClusterError) {
        guard isTransactional, !isTransactionOpen else { return }
        if isDamaged { try recreate() }
        try producer.beginTransaction()
        isTransactionOpen = true
    }

    /// Lets the producer do what is due; says when it wants to be asked again although nothing is sent.
    func advance() throws(ClusterError) -> Duration? { try producer.advance() }

    /// At least once: makes what was sent durable.
    func flush() throws(ClusterError) { try producer.flush() }

    /// Makes what was sent, and the positions, durable together. Nothing is left open when this returns.
    func commit(_ offsets: [TopicPartition: CommittedOffset], consumer: any ClusterConsumer) throws(ClusterError) {
        guard isTransactional else {
            try producer.flush()
            if !offsets.isEmpty { try consumer.commit(offsets) }
            return
        }
        guard isTransactionOpen || !offsets.isEmpty else { return }
        try begin()
        if !offsets.isEmpty {
            guard let group = consumer.groupMetadata else {
                throw ClusterError(.rebalanceNeeded, "the thread is in no generation of its group")
            }
            try producer.sendOffsets(offsets, group: group)
        }
        try producer.commitTransaction()
        isTransactionOpen = false
    }

    /// Drops the open transaction. Errors do not matter: the next `initializeTransactions`, or the coordinator's
    /// time-out, ends it as well.
    func abort() {
        guard isTransactionOpen else { return }
        isTransactionOpen = false
        do { try producer.abortTransaction() } catch { isDamaged = true }
    }

    /// Begins anew after an error that may have fenced the producer. Where that fails, the next transaction tries it.
    func recreate() throws(ClusterError) {
        abort()
        producer.close()
        isDamaged = isTransactional
        producer = try cluster.makeProducer(configuration)
        if isTransactional { try producer.initializeTransactions() }
        isDamaged = false
    }

    func close() {
        abort()
        producer.close()
    }
}
