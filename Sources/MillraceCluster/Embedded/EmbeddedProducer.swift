internal import MillraceBroker
internal import MillraceCore

/// A producer over the broker in this process: a batch is sealed in the builder's own buffer and appended from there,
/// so its bytes are copied once, into the file. Owned by one thread, which does the broker's I/O.
///
/// Every end of a transaction gives it a new epoch (KIP-890), with which the sequences of all partitions begin at 0.
final class EmbeddedProducer: ClusterProducer {
    /// What is known of one partition that was written to.
    private struct Target {
        let partition: Partition
        /// Of the batch to come, in `epoch`.
        var nextSequence: Int32 = 0
        var identity = ProducerIdentity.none
        var endOffset: Offset?
        /// Part of the open transaction.
        var isAdded = false
        /// Written to since the last flush.
        var isDirty = false
    }

    private let broker: Broker
    private let configuration: ProducerConfiguration
    private var identity: ProducerIdentity?
    private var isInTransaction = false
    /// The open transaction has something to be ended at the coordinator.
    private var hasBegun = false
    private var isClosed = false
    private var indexes: [TopicPartition: Int] = [:]
    private var targets: [Target] = []

    init(broker: Broker, configuration: ProducerConfiguration) {
        self.broker = broker
        self.configuration = configuration
    }

    // MARK: Transactions

    func initializeTransactions() throws(ClusterError) {
        let transactionalID = try requireTransactionalID()
        let old = identity
        identity = try callingBroker { () throws(BrokerError) in
            try broker.initializeProducer(
                transactionalID: transactionalID, timeout: configuration.transactionTimeout, presented: old)
        }
        finishTransaction()
    }

    func beginTransaction() throws(ClusterError) {
        _ = try requireTransactionalID()
        guard identity != nil else {
            throw ClusterError(.invalidRequest, "initializeTransactions comes before beginTransaction")
        }
        guard !isInTransaction else { throw ClusterError(.invalidRequest, "a transaction is open already") }
        isInTransaction = true
    }

    func sendOffsets(
        _ offsets: [TopicPartition: CommittedOffset], group: GroupMetadata
    ) throws(ClusterError) {
        let (transactionalID, producer) = try requireTransaction()
        guard !offsets.isEmpty else { return }
        hasBegun = true
        try callingBroker { () throws(BrokerError) in
            try broker.commitOffsets(
                TransactionalOffsetCommitRequest(
                    transactionalID: transactionalID, producer: producer, caller: GroupCaller(group),
                    offsets: OffsetCommitPartition.list(offsets)))
        }
    }

    func commitTransaction() throws(ClusterError) { try end(.commit) }
    func abortTransaction() throws(ClusterError) { try end(.abort) }

    private func end(_ outcome: TransactionOutcome) throws(ClusterError) {
        let (transactionalID, producer) = try requireTransaction()
        if hasBegun {
            identity = try callingBroker { () throws(BrokerError) in
                try broker.endTransaction(outcome, transactionalID: transactionalID, producer: producer)
            }
        }
        finishTransaction()
    }

    private func finishTransaction() {
        isInTransaction = false
        hasBegun = false
        for index in targets.indices { targets[index].isAdded = false }
    }

    // MARK: Sending

    func send(_ batch: inout RecordBatchBuilder, to id: TopicPartition) throws(ClusterError) {
        guard !batch.isEmpty else { return }
        let producer = try requireProducer()
        let index = try target(for: id)
        if configuration.transactionalID != nil { try add(index, producer) }
        if targets[index].identity != producer {
            targets[index].identity = producer
            targets[index].nextSequence = 0
        }
        let sequence = targets[index].nextSequence
        batch.seal(
            producer: producer, baseSequence: sequence, isTransactional: configuration.transactionalID != nil)
        do {
            let result = try broker.append(
                batch.bytes, to: targets[index].partition, transactionalID: configuration.transactionalID,
                producer: producer, trusted: true)
            targets[index].endOffset = result.lastOffset.advanced(by: 1)
        } catch {
            if error.code == .unknownTopicOrPartition { forget(id) }
            throw ClusterError(error)
        }
        let (next, overflow) = sequence.addingReportingOverflow(Int32(batch.count))
        targets[index].nextSequence = overflow ? next &- .min : next
        targets[index].isDirty = true
    }

    private func add(_ index: Int, _ producer: ProducerIdentity) throws(ClusterError) {
        let (transactionalID, _) = try requireTransaction()
        guard !targets[index].isAdded else { return }
        hasBegun = true
        let id = targets[index].partition.id
        try callingBroker { () throws(BrokerError) in
            try broker.addToTransaction([id], transactionalID: transactionalID, producer: producer)
        }
        targets[index].isAdded = true
    }

    func flush() throws(ClusterError) {
        for index in targets.indices where targets[index].isDirty {
            if configuration.transactionalID == nil, broker.configuration.durability == .everyCommit {
                let partition = targets[index].partition
                try callingBroker { () throws(BrokerError) in try partition.sync() }
            }
            targets[index].isDirty = false
        }
    }

    func endOffset(of partition: TopicPartition) -> Offset? {
        indexes[partition].flatMap { targets[$0].endOffset }
    }

    /// Ends what is open with an abort, so that nobody has to wait for its time-out.
    func close() {
        if isInTransaction { try? abortTransaction() }
        isClosed = true
    }

    // MARK: Checks

    private func target(for id: TopicPartition) throws(ClusterError) -> Int {
        if let index = indexes[id] { return index }
        let partition = try callingBroker { () throws(BrokerError) in try broker.partition(id) }
        targets.append(Target(partition: partition))
        indexes[id] = targets.count - 1
        return targets.count - 1
    }

    /// The topic is gone; one of the same name may come.
    private func forget(_ id: TopicPartition) { indexes[id] = nil }

    private func requireProducer() throws(ClusterError) -> ProducerIdentity {
        guard !isClosed else { throw ClusterError(.closed, "the producer is closed") }
        if let identity { return identity }
        guard configuration.transactionalID == nil else {
            throw ClusterError(.invalidRequest, "initializeTransactions comes before send")
        }
        let made = try callingBroker { () throws(BrokerError) in try broker.makeProducer() }
        identity = made
        return made
    }

    private func requireTransactionalID() throws(ClusterError) -> String {
        guard !isClosed else { throw ClusterError(.closed, "the producer is closed") }
        guard let transactionalID = configuration.transactionalID else {
            throw ClusterError(.invalidRequest, "the producer has no transactional id")
        }
        return transactionalID
    }

    private func requireTransaction() throws(ClusterError) -> (String, ProducerIdentity) {
        let transactionalID = try requireTransactionalID()
        guard isInTransaction, let identity else {
            throw ClusterError(.invalidRequest, "no transaction is open")
        }
        return (transactionalID, identity)
    }
}
