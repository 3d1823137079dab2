internal import MillraceBroker
internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore
internal import MillraceProtocol

/// Transactions. What belongs to them is asked for one request after another, while batches are on their way.
extension NativeProducer {
    /// Most time that an abort may take: whoever comes after it ends the transaction in any case.
    private static let abortTimeout = Duration.seconds(10)
    private static let newestAddingPartitions: Int16 = 3
    private static let newestOffsetsOfFirstVersion: Int16 = 4
    private static let newestEndOfFirstVersion: Int16 = 4

    func initializeTransactions() throws(ClusterError) {
        let id = try requireTransactionalID()
        if queue.hasUnderWay { wire.disconnectAll() }
        _ = queue.drop()
        let spoken = try callingClient { () throws(ClientError) in
            try wire.transactionVersion(of: id, timeout: callTimeout)
        }
        let version = settings.newestTransactions == .v1 ? .v1 : spoken
        let identity = try initProducerID(presenting: .none)
        queue.endAdmission()
        queue.needsAdmission = version == .v1
        queue.use(identity)
        needsEpoch = false
        transaction.initialized(version)
    }

    func beginTransaction() throws(ClusterError) {
        _ = try requireTransactionalID()
        try transaction.begin()
    }

    func sendOffsets(_ offsets: [TopicPartition: CommittedOffset], group: GroupMetadata) throws(ClusterError) {
        let id = try requireTransactionalID()
        try transaction.requireOpen()
        guard !offsets.isEmpty else { return }
        // Positions are the last that is told before a commit: what is held may go meanwhile.
        queue.isFlushing = true
        defer { queue.isFlushing = false }
        try drive()
        transaction.start()
        do {
            if transaction.version == .v1 { try add(group.groupID, to: id) }
            _ = try wire.ask(
                offsetsRequest(offsets, group, of: id), of: .groupCoordinator(group.groupID),
                newest: transaction.version == .v1 ? NativeProducer.newestOffsetsOfFirstVersion : nil,
                timeout: callTimeout
            ) { answer throws(ClientError) in
                for partition in answer.topics.flatMap(\.partitions) {
                    try refuse(partition.error, "positions of group \(group.groupID)")
                }
            }
        } catch {
            throw transaction.fail(ClusterError(error))
        }
    }

    private func add(_ group: String, to id: String) throws(ClientError) {
        guard !transaction.groups.contains(group) else { return }
        var request = AddOffsetsToTransactionRequest()
        request.transactionalID = id
        request.producerID = queue.identity.id
        request.producerEpoch = queue.identity.epoch
        request.groupID = group
        _ = try wire.ask(request, of: .transactionCoordinator(id), newest: nil, timeout: callTimeout) {
            answer throws(ClientError) in try refuse(answer.error, "transactional id \(id)")
        }
        transaction.add(group: group)
    }

    /// Before version 2 the coordinator has to know of a partition before the first batch goes there; all at once.
    func admitPartitions() throws(ClusterError) {
        let indexes = queue.awaitingAdmission()
        guard !indexes.isEmpty, let id = configuration.transactionalID else { return }
        transaction.start()
        try callingClient { () throws(ClientError) in
            _ = try wire.ask(
                admissionRequest(indexes, to: id), of: .transactionCoordinator(id),
                newest: NativeProducer.newestAddingPartitions,
                timeout: callTimeout
            ) { answer throws(ClientError) in
                let results = answer.topicResults.flatMap(\.partitionResults)
                // "Not attempted" is said of the others; the one that is at fault says more.
                let worst = results.first { $0.error != .none && $0.error != .operationNotAttempted } ?? results.first
                try refuse(worst?.error ?? .none, "transactional id \(id)")
            }
        }
        queue.admit(indexes)
    }

    // MARK: Ending

    func commitTransaction() throws(ClusterError) {
        _ = try requireTransactionalID()
        if !transaction.isEnding {
            try transaction.requireOpen()
            try flush()
        }
        try end(.commit, timeout: callTimeout)
    }

    func abortTransaction() throws(ClusterError) {
        _ = try requireTransactionalID()
        guard transaction.isOpen else { return try transaction.requireOpen() }
        // A new epoch ends the old one's batches wherever they are. Without it they must not come after the end.
        if transaction.version == .v1 { settle() }
        if queue.drop() { needsEpoch = true }
        try end(.abort, timeout: min(callTimeout, NativeProducer.abortTimeout))
        guard needsEpoch else { return }
        do {
            queue.use(try initProducerID(presenting: queue.identity))
            needsEpoch = false
        } catch {
            transaction.loseEpoch()
            throw error
        }
    }

    /// Waits for answers to what is under way, and sends nothing.
    private func settle() {
        let deadline = wire.now.advanced(by: min(settings.requestTimeout, NativeProducer.abortTimeout))
        while queue.hasUnderWay, wire.now < deadline {
            wire.wait(until: deadline)
            receive()
        }
    }

    private func end(_ outcome: TransactionOutcome, timeout: Duration) throws(ClusterError) {
        guard let id = configuration.transactionalID else { return }
        guard try transaction.beginEnd(outcome) else { return finish() }
        do {
            let answer = try askPatiently(
                endRequest(outcome, of: id), of: .transactionCoordinator(id),
                newest: transaction.version == .v1 ? NativeProducer.newestEndOfFirstVersion : nil, timeout: timeout
            ) { answer throws(ClientError) in try refuse(answer.error, "transactional id \(id)") }
            finish()
            guard transaction.version == .v2, answer.producerID >= 0 else { return }
            queue.use(ProducerIdentity(id: answer.producerID, epoch: answer.producerEpoch))
            needsEpoch = false
        } catch {
            let told = ClusterError(error)
            transaction.endFailed(told, outcome)
            throw told
        }
    }

    private func finish() {
        queue.endAdmission()
        transaction.end()
    }

    // MARK: Requests

    /// A new id, or a new epoch of the one that is presented.
    func initProducerID(presenting old: ProducerIdentity) throws(ClusterError) -> ProducerIdentity {
        var request = InitProducerIDRequest()
        request.transactionalID = configuration.transactionalID
        request.transactionTimeoutMilliseconds = Int32(clamping: configuration.transactionTimeout.wholeMilliseconds)
        request.producerID = old.id
        request.producerEpoch = old.epoch
        let answer = try callingClient { () throws(ClientError) in
            try askPatiently(
                request, of: configuration.transactionalID.map { .transactionCoordinator($0) } ?? .anyBroker,
                newest: nil, timeout: callTimeout
            ) { answer throws(ClientError) in
                try refuse(answer.error, configuration.transactionalID.map { "transactional id \($0)" } ?? "")
            }
        }
        return ProducerIdentity(id: answer.producerID, epoch: answer.producerEpoch)
    }

    /// Asks again where a broker has not answered at all: these requests may be repeated.
    private func askPatiently<Request: WireRequest>(
        _ request: Request, of destination: ClusterClient.Destination, newest: Int16?, timeout: Duration,
        check: (Request.Response) throws(ClientError) -> Void
    ) throws(ClientError) -> Request.Response {
        let deadline = wire.now.advanced(by: timeout)
        while true {
            let left = Duration.milliseconds(max(0, deadline.milliseconds - wire.now.milliseconds))
            do throws(ClientError) {
                return try wire.ask(
                    request, of: destination, newest: newest, timeout: min(left, settings.requestTimeout), check: check)
            } catch {
                switch error {
                case .timedOut, .badAnswer: if wire.now >= deadline { throw error }
                default: throw error
                }
            }
        }
    }

    private var callTimeout: Duration { max(configuration.transactionTimeout, .seconds(10)) }

    private func requireTransactionalID() throws(ClusterError) -> String {
        try requireUsable()
        guard let id = configuration.transactionalID else {
            throw ClusterError(.invalidRequest, "the producer has no transactional id")
        }
        return id
    }
}

private func refuse(_ error: KafkaErrorCode, _ subject: String) throws(ClientError) {
    guard error == .none else { throw .refused(error, subject: subject, message: nil) }
}
