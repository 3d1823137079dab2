internal import MillraceBroker
internal import MillraceCore

/// A consumer over the broker in this process: reads the logs' files into recycled buffers on its own thread, and
/// sleeps on a signal that appends and group answers raise. Owned by one thread; `wakeUp` comes from any.
final class EmbeddedConsumer: ClusterConsumer {
    let broker: Broker
    let configuration: ConsumerConfiguration
    /// Raised by appends to what is read, by group answers, and by `wakeUp`.
    private let signal: WakeSignal
    private let interruption = Interruption()
    var fetcher: PartitionFetcher
    /// Nil for a consumer that takes partitions by hand.
    var membership: EmbeddedMembership?
    private var isClosed = false

    init(broker: Broker, configuration: ConsumerConfiguration) {
        self.broker = broker
        self.configuration = configuration
        fetcher = PartitionFetcher(configuration)
        signal = fetcher.signal
    }

    deinit { fetcher.removeAll() }

    // MARK: What is read

    func assign(_ partitions: [TopicPartition]) throws(ClusterError) {
        try requireOpen()
        guard membership == nil else {
            throw ClusterError(.invalidRequest, "a consumer that subscribes cannot take partitions by hand")
        }
        try take(partitions)
    }

    /// Reads these partitions from now on, from where their group left off.
    private func take(_ partitions: [TopicPartition]) throws(ClusterError) {
        var handles: [Partition] = []
        for id in partitions {
            handles.append(try callingBroker { () throws(BrokerError) in try broker.partition(id) })
        }
        fetcher.assign(handles)
    }

    func subscribe(to topics: [String], assignor: any GroupAssignor) throws(ClusterError) {
        try requireOpen()
        guard let groupID = configuration.groupID else {
            throw ClusterError(.invalidRequest, "a consumer without a group id cannot subscribe")
        }
        let member = GroupMember(
            configuration: configuration, clientHost: GroupConfiguration.embeddedClientHost, topics: topics,
            assignor: assignor)
        membership = EmbeddedMembership(member, groupID: groupID, broker: broker, signal: signal)
    }

    func pause(_ partition: TopicPartition) { fetcher.setPaused(partition, true) }
    func resume(_ partition: TopicPartition) { fetcher.setPaused(partition, false) }

    func position(of partition: TopicPartition) throws(ClusterError) -> Offset {
        try requireOpen()
        guard fetcher.partition(partition) != nil else {
            throw ClusterError(.invalidRequest, "the consumer does not read this partition", partition: partition)
        }
        if let position = fetcher.position(of: partition) { return position }
        _ = try findPositions(of: [partition], deadline: WaitDeadline(after: configuration.rebalanceTimeout))
        guard let position = fetcher.position(of: partition) else {
            throw ClusterError(.retriable, "an open transaction may still move the position", partition: partition)
        }
        return position
    }

    func seek(_ partition: TopicPartition, to offset: Offset) throws(ClusterError) {
        guard fetcher.seek(partition, to: offset) else {
            throw ClusterError(.invalidRequest, "the consumer does not read this partition", partition: partition)
        }
    }

    // MARK: Polling

    func poll(maxWait: Duration, into batches: inout [FetchedBatches]) throws(ClusterError) -> GroupEvent? {
        try requireOpen()
        batches.removeAll(keepingCapacity: true)
        let deadline = WaitDeadline(after: maxWait)
        while true {
            signal.clear()
            if let event = try driveMembership() { return event }
            let wanted = fetcher.withoutPosition
            if !wanted.isEmpty { _ = try findPositions(of: wanted, deadline: deadline) }
            if try fetcher.fetch(into: &batches) { return nil }
            if interruption.take() || deadline.hasPassed { return nil }
            _ = signal.wait(until: membership?.earlier(of: deadline) ?? deadline)
        }
    }

    private func driveMembership() throws(ClusterError) -> GroupEvent? {
        guard let event = try membership?.step() else { return nil }
        switch event {
        case .assigned(let partitions, _): try take(partitions)
        case .lost: fetcher.removeAll()
        case .revoking: break
        }
        return event
    }

    func completeRevocation() throws(ClusterError) {
        try requireOpen()
        fetcher.removeAll()
        membership?.completeRevocation()
    }

    /// Finds where to begin: the group's committed offset, else what `offsetReset` says.
    ///
    /// - Returns: false where an open transaction kept it from being known until `deadline`.
    private func findPositions(of partitions: [TopicPartition], deadline: WaitDeadline) throws(ClusterError) -> Bool {
        var committed: [TopicPartition: CommittedOffset] = [:]
        if configuration.groupID != nil {
            guard let found = try stableOffsets(of: partitions, deadline: deadline) else { return false }
            committed = found
        }
        for id in partitions {
            if let offset = committed[id]?.offset {
                _ = fetcher.seek(id, to: offset)
                continue
            }
            guard let reset = configuration.offsetReset else {
                throw ClusterError(.noOffsetForPartition, "nothing is committed and there is no reset", partition: id)
            }
            guard let partition = fetcher.partition(id) else { continue }
            let offset = try callingBroker { () throws(BrokerError) in try partition.offset(at: reset) }
            let end = try callingBroker { () throws(BrokerError) in try partition.bounds().highWatermark }
            _ = fetcher.seek(id, to: offset ?? end)
        }
        return true
    }

    // MARK: Offsets

    func commit(_ offsets: [TopicPartition: CommittedOffset]) throws(ClusterError) {
        try requireOpen()
        guard let groupID = configuration.groupID else {
            throw ClusterError(.invalidRequest, "a consumer without a group id cannot commit")
        }
        guard !offsets.isEmpty else { return }
        let metadata = groupMetadata
        // As nobody of the group it would not be fenced.
        if membership != nil, metadata == nil {
            throw ClusterError(.rebalanceNeeded, "the consumer is in no generation of group \(groupID)")
        }
        let caller = metadata.map { GroupCaller($0) } ?? GroupCaller(groupID: groupID)
        do {
            try broker.commitOffsets(
                OffsetCommitRequest(caller: caller, offsets: OffsetCommitPartition.list(offsets)))
        } catch {
            membership?.commitRefused(error.code)
            throw ClusterError(error)
        }
    }

    func committed(
        _ partitions: [TopicPartition], maxWait: Duration
    ) throws(ClusterError) -> [TopicPartition: CommittedOffset] {
        try requireOpen()
        let deadline = WaitDeadline(after: maxWait)
        guard let offsets = try stableOffsets(of: partitions, deadline: deadline) else {
            throw ClusterError(
                .retriable, "a transaction with offsets of these partitions is still open", code: .unstableOffsetCommit)
        }
        return offsets
    }

    /// Nil where a transaction that holds offsets of them is still open at `deadline`.
    private func stableOffsets(
        of partitions: [TopicPartition], deadline: WaitDeadline
    ) throws(ClusterError) -> [TopicPartition: CommittedOffset]? {
        guard let groupID = configuration.groupID else {
            throw ClusterError(.invalidRequest, "a consumer without a group id has no committed offsets")
        }
        let offsetsPartition = broker.offsetsPartition(of: groupID)
        let changed = WakeSignal()
        offsetsPartition.watch(changed)
        defer { offsetsPartition.unwatch(changed) }
        while true {
            changed.clear()
            do {
                return try CommittedOffset.dictionary(
                    broker.committedOffsets(of: partitions, group: groupID, requiresStable: true))
            } catch {
                guard error.code == .unstableOffsetCommit else { throw ClusterError(error) }
                guard changed.wait(until: deadline) else { return nil }
            }
        }
    }

    // MARK: Membership

    var groupMetadata: GroupMetadata? { membership?.groupMetadata }

    func rejoin() { membership?.rejoin() }

    func wakeUp() {
        interruption.set()
        signal.raise()
    }

    func leaveGroup() {
        fetcher.removeAll()
        membership?.leave(forGood: true)
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        fetcher.removeAll()
        membership?.leave(forGood: false)
    }

    private func requireOpen() throws(ClusterError) {
        guard !isClosed else { throw ClusterError(.closed, "the consumer is closed") }
    }
}
