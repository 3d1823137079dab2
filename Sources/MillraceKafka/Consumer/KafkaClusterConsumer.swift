internal import MillraceBroker
internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore

/// A consumer over the wire: records from a `BatchSource`, librdkafka's or our own; the group through a
/// `KafkaMembership`; offsets through a wire client that connects when it is first needed. Owned by one thread;
/// `wakeUp` comes from any.
final class KafkaClusterConsumer: ClusterConsumer {
    private let configuration: ConsumerConfiguration
    private let settings: ClusterSettings
    private let source: any BatchSource
    private let client: ClusterClient
    private let interruption = Interruption()
    /// Nil for a consumer that takes partitions by hand.
    private var membership: KafkaMembership?
    /// Of the topics that were taken by hand.
    private var partitionCounts: [String: Int32] = [:]
    private var isClosed = false

    /// How long after offsets that an open transaction may change they are asked for again.
    private static let unstablePause = Duration.milliseconds(20)

    init(_ configuration: ConsumerConfiguration, _ settings: ClusterSettings, source: any BatchSource) {
        self.configuration = configuration
        self.settings = settings
        self.source = source
        client = ClusterClient(settings.clientConfiguration(clientID: configuration.clientID))
    }

    deinit { membership?.abandon() }

    // MARK: What is read

    func assign(_ partitions: [TopicPartition]) throws(ClusterError) {
        try requireOpen()
        guard membership == nil else {
            throw ClusterError(.invalidRequest, "a consumer that subscribes cannot take partitions by hand")
        }
        try requirePartitions(partitions)
        try source.assign(partitions)
    }

    private func requirePartitions(_ partitions: [TopicPartition]) throws(ClusterError) {
        func isKnown(_ partition: TopicPartition) -> Bool {
            (0..<(partitionCounts[partition.topic] ?? 0)).contains(partition.partition)
        }
        let names = Set(partitions.filter { !isKnown($0) }.map(\.topic)).sorted()
        guard !names.isEmpty else { return }
        let topics = try callingClient { () throws(ClientError) in try client.topics(names) }
        for topic in topics { partitionCounts[topic.name] = Int32(topic.partitions.count) }
        if let partition = partitions.first(where: { !isKnown($0) }) {
            throw ClusterError(
                .unknownTopic, "there is no such partition", partition: partition, code: .unknownTopicOrPartition)
        }
    }

    func subscribe(to topics: [String], assignor: any GroupAssignor) throws(ClusterError) {
        try requireOpen()
        guard configuration.groupID != nil else {
            throw ClusterError(.invalidRequest, "a consumer without a group id cannot subscribe")
        }
        guard membership == nil else { throw ClusterError(.invalidRequest, "the consumer subscribes already") }
        let member = GroupMember(configuration: configuration, clientHost: "", topics: topics, assignor: assignor)
        membership = KafkaMembership(member, settings, signal: source.alarm)
    }

    func pause(_ partition: TopicPartition) { source.setPaused(partition, true) }
    func resume(_ partition: TopicPartition) { source.setPaused(partition, false) }

    func position(of partition: TopicPartition) throws(ClusterError) -> Offset {
        try requireOpen()
        try requireReading(partition)
        if let position = source.position(of: partition) { return position }
        _ = try findPositions(of: [partition], deadline: WaitDeadline(after: configuration.rebalanceTimeout))
        guard let position = source.position(of: partition) else {
            throw ClusterError(.retriable, "an open transaction may still move the position", partition: partition)
        }
        return position
    }

    func seek(_ partition: TopicPartition, to offset: Offset) throws(ClusterError) {
        try requireReading(partition)
        _ = source.seek(partition, to: offset)
    }

    // MARK: Polling

    func poll(maxWait: Duration, into batches: inout [FetchedBatches]) throws(ClusterError) -> GroupEvent? {
        try requireOpen()
        batches.removeAll(keepingCapacity: true)
        let deadline = WaitDeadline(after: maxWait)
        while true {
            source.clearAlarm()
            if let event = try membership?.step() {
                try take(event)
                return event
            }
            let wanted = source.withoutPosition
            if !wanted.isEmpty { _ = try findPositions(of: wanted, deadline: deadline) }
            if try source.fetch(into: &batches) { return nil }
            if interruption.take() || deadline.hasPassed { return nil }
            source.wait(until: deadline)
        }
    }

    private func take(_ event: GroupEvent) throws(ClusterError) {
        switch event {
        case .assigned(let partitions, _): try source.assign(partitions)
        case .lost: source.removeAll()
        case .revoking: break
        }
    }

    func completeRevocation() throws(ClusterError) {
        try requireOpen()
        source.removeAll()
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
                _ = source.seek(id, to: offset)
                continue
            }
            guard let reset = configuration.offsetReset else {
                throw ClusterError(.noOffsetForPartition, "nothing is committed and there is no reset", partition: id)
            }
            let found = try callingClient { () throws(ClientError) -> Offset? in
                if let offset = try client.offset(of: id, at: reset) { return offset }
                return try client.offset(of: id, at: .latest(.readUncommitted))
            }
            if let found { _ = source.seek(id, to: found) }
        }
        return true
    }

    // MARK: Offsets

    func commit(_ offsets: [TopicPartition: CommittedOffset]) throws(ClusterError) {
        try requireOpen()
        let groupID = try requireGroup()
        guard !offsets.isEmpty else { return }
        let metadata = groupMetadata
        if membership != nil, metadata == nil {
            throw ClusterError(.rebalanceNeeded, "the consumer is in no generation of group \(groupID)")
        }
        let seat = GroupSeat(
            group: groupID, generation: metadata?.generation ?? -1, memberID: metadata?.memberID ?? "",
            instanceID: metadata?.groupInstanceID)
        let positions = offsets.mapValues {
            CommittedPosition(offset: $0.offset.rawValue, metadata: $0.metadata)
        }
        do throws(ClientError) {
            try client.commit(positions, by: seat)
        } catch {
            if case .refused(let code, _, _) = error { membership?.commitRefused(code) }
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

    /// Nil where a transaction that holds offsets of them is still open at `deadline` (KIP-447).
    private func stableOffsets(
        of partitions: [TopicPartition], deadline: WaitDeadline
    ) throws(ClusterError) -> [TopicPartition: CommittedOffset]? {
        let groupID = try requireGroup()
        guard !partitions.isEmpty else { return [:] }
        let pause = WakeSignal()
        while true {
            do throws(ClientError) {
                return try client.committed(by: groupID, partitions, requiresStable: true).mapValues {
                    CommittedOffset(Offset($0.offset), metadata: $0.metadata)
                }
            } catch {
                guard case .refused(.unstableOffsetCommit, _, _) = error else { throw ClusterError(error) }
                if deadline.hasPassed { return nil }
                _ = pause.wait(until: min(deadline, WaitDeadline(after: KafkaClusterConsumer.unstablePause)))
            }
        }
    }

    // MARK: Membership

    var groupMetadata: GroupMetadata? { membership?.groupMetadata }

    func rejoin() { membership?.rejoin() }

    func wakeUp() {
        interruption.set()
        source.alarm.raise()
    }

    func leaveGroup() {
        source.removeAll()
        membership?.leave(forGood: true)
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        source.removeAll()
        membership?.leave(forGood: false)
    }

    // MARK: Checks

    private func requireOpen() throws(ClusterError) {
        guard !isClosed else { throw ClusterError(.closed, "the consumer is closed") }
    }

    private func requireReading(_ partition: TopicPartition) throws(ClusterError) {
        guard source.reads(partition) else {
            throw ClusterError(.invalidRequest, "the consumer does not read this partition", partition: partition)
        }
    }

    private func requireGroup() throws(ClusterError) -> String {
        guard let groupID = configuration.groupID else {
            throw ClusterError(.invalidRequest, "a consumer without a group id has no committed offsets")
        }
        return groupID
    }
}
