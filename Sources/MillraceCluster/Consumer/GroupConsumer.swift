package import MillraceBroker
package import MillraceCore

/// The consumer of every engine: what it reads comes from a `BatchSource`, which partitions from a `GroupMembership`
/// or the caller, where to begin from `GroupOffsets`. Owned by one thread; `wakeUp` comes from any.
package final class GroupConsumer: ClusterConsumer {
    private let configuration: ConsumerConfiguration
    private let source: any BatchSource
    private let offsets: any GroupOffsets
    /// A seat in the group for this member; it raises the alarm where it has something to tell.
    private let join: (GroupMember, any Wakeable) -> any GroupMembership
    /// What a member says of its machine (`GroupMember`).
    private let clientHost: String
    private let interruption = Interruption()
    /// Nil for a consumer that takes partitions by hand.
    private var membership: (any GroupMembership)?
    private var isClosed = false

    package init(
        _ configuration: ConsumerConfiguration, source: any BatchSource, offsets: any GroupOffsets,
        clientHost: String, join: @escaping (GroupMember, any Wakeable) -> any GroupMembership
    ) {
        self.configuration = configuration
        self.source = source
        self.offsets = offsets
        self.clientHost = clientHost
        self.join = join
    }

    deinit {
        source.removeAll()
        membership?.abandon()
    }

    // MARK: What is read

    package func assign(_ partitions: [TopicPartition]) throws(ClusterError) {
        try requireOpen()
        guard membership == nil else {
            throw ClusterError(.invalidRequest, "a consumer that subscribes cannot take partitions by hand")
        }
        try offsets.require(partitions)
        try source.assign(partitions)
    }

    package func subscribe(to topics: [String], assignor: any GroupAssignor) throws(ClusterError) {
        try requireOpen()
        guard configuration.groupID != nil else {
            throw ClusterError(.invalidRequest, "a consumer without a group id cannot subscribe")
        }
        guard membership == nil else { throw ClusterError(.invalidRequest, "the consumer subscribes already") }
        let member = GroupMember(
            configuration: configuration, clientHost: clientHost, topics: topics, assignor: assignor)
        membership = join(member, source.alarm)
    }

    package func pause(_ partition: TopicPartition) { source.setPaused(partition, true) }
    package func resume(_ partition: TopicPartition) { source.setPaused(partition, false) }

    package func position(of partition: TopicPartition) throws(ClusterError) -> Offset {
        try requireOpen()
        guard source.reads(partition) else { throw notRead(partition) }
        if let position = source.position(of: partition) { return position }
        try findPositions(of: [partition], deadline: WaitDeadline(after: configuration.rebalanceTimeout))
        guard let position = source.position(of: partition) else {
            throw ClusterError(.retriable, "an open transaction may still move the position", partition: partition)
        }
        return position
    }

    package func seek(_ partition: TopicPartition, to offset: Offset) throws(ClusterError) {
        guard source.seek(partition, to: offset) else { throw notRead(partition) }
    }

    // MARK: Polling

    package func poll(maxWait: Duration, into batches: inout [FetchedBatches]) throws(ClusterError) -> GroupEvent? {
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
            if !wanted.isEmpty { try findPositions(of: wanted, deadline: deadline) }
            if try source.fetch(into: &batches) { return nil }
            if interruption.take() || deadline.hasPassed { return nil }
            source.wait(until: membership?.earlier(of: deadline) ?? deadline)
        }
    }

    private func take(_ event: GroupEvent) throws(ClusterError) {
        switch event {
        case .assigned(let partitions, _): try source.assign(partitions)
        case .lost: source.removeAll()
        case .revoking: break
        }
    }

    package func completeRevocation() throws(ClusterError) {
        try requireOpen()
        source.removeAll()
        membership?.completeRevocation()
    }

    /// Finds where to begin: the group's committed offset, else what `offsetReset` says. Where an open transaction
    /// keeps it from being known until `deadline`, there is no position yet.
    private func findPositions(of partitions: [TopicPartition], deadline: WaitDeadline) throws(ClusterError) {
        var committed: [TopicPartition: CommittedOffset] = [:]
        if let groupID = configuration.groupID {
            guard let found = try offsets.committed(partitions, group: groupID, until: deadline) else { return }
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
            if let offset = try offsets.start(of: id, at: reset) { _ = source.seek(id, to: offset) }
        }
    }

    // MARK: Offsets

    package func commit(_ positions: [TopicPartition: CommittedOffset]) throws(ClusterError) {
        try requireOpen()
        let groupID = try requireGroup()
        guard !positions.isEmpty else { return }
        let seat = groupMetadata
        // As nobody of the group it would not be fenced.
        if membership != nil, seat == nil {
            throw ClusterError(.rebalanceNeeded, "the consumer is in no generation of group \(groupID)")
        }
        do {
            try offsets.commit(positions, group: groupID, seat: seat)
        } catch {
            if let code = error.code { membership?.commitRefused(code) }
            throw error
        }
    }

    package func committed(
        _ partitions: [TopicPartition], maxWait: Duration
    ) throws(ClusterError) -> [TopicPartition: CommittedOffset] {
        try requireOpen()
        let groupID = try requireGroup()
        guard !partitions.isEmpty else { return [:] }
        guard
            let found = try offsets.committed(partitions, group: groupID, until: WaitDeadline(after: maxWait))
        else {
            throw ClusterError(
                .retriable, "a transaction with offsets of these partitions is still open", code: .unstableOffsetCommit)
        }
        return found
    }

    // MARK: Membership

    package var groupMetadata: GroupMetadata? { membership?.groupMetadata }

    package func rejoin() { membership?.rejoin() }

    package func wakeUp() {
        interruption.set()
        source.alarm.raise()
    }

    package func leaveGroup() {
        source.removeAll()
        membership?.leave(forGood: true)
    }

    package func close() {
        guard !isClosed else { return }
        isClosed = true
        source.removeAll()
        membership?.leave(forGood: false)
    }

    // MARK: Checks

    private func requireOpen() throws(ClusterError) {
        guard !isClosed else { throw ClusterError(.closed, "the consumer is closed") }
    }

    private func notRead(_ partition: TopicPartition) -> ClusterError {
        ClusterError(.invalidRequest, "the consumer does not read this partition", partition: partition)
    }

    private func requireGroup() throws(ClusterError) -> String {
        guard let groupID = configuration.groupID else {
            throw ClusterError(.invalidRequest, "a consumer without a group id has no committed offsets")
        }
        return groupID
    }
}
