internal import MillraceBroker
internal import MillraceCore

/// Groups' offsets at the broker in this process. Owned by the consumer's thread, which does the broker's I/O.
final class EmbeddedOffsets: GroupOffsets {
    private let broker: Broker

    init(_ broker: Broker) { self.broker = broker }

    /// The fetcher asks for each itself.
    func require(_ partitions: [TopicPartition]) {}

    func commit(
        _ offsets: [TopicPartition: CommittedOffset], group: String, seat: GroupMetadata?
    ) throws(ClusterError) {
        let caller = seat.map { GroupCaller($0) } ?? GroupCaller(groupID: group)
        try callingBroker { () throws(BrokerError) in
            try broker.commitOffsets(OffsetCommitRequest(caller: caller, offsets: OffsetCommitPartition.list(offsets)))
        }
    }

    func committed(
        _ partitions: [TopicPartition], group: String, until deadline: WaitDeadline
    ) throws(ClusterError) -> [TopicPartition: CommittedOffset]? {
        let offsetsPartition = broker.offsetsPartition(of: group)
        let changed = WakeSignal()
        offsetsPartition.watch(changed)
        defer { offsetsPartition.unwatch(changed) }
        while true {
            changed.clear()
            do {
                return try CommittedOffset.dictionary(
                    broker.committedOffsets(of: partitions, group: group, requiresStable: true))
            } catch {
                guard error.code == .unstableOffsetCommit else { throw ClusterError(error) }
                guard changed.wait(until: deadline) else { return nil }
            }
        }
    }

    func start(of id: TopicPartition, at reset: OffsetQuery) throws(ClusterError) -> Offset? {
        try callingBroker { () throws(BrokerError) in
            let partition = try broker.partition(id)
            if let offset = try partition.offset(at: reset) { return offset }
            return try partition.bounds().highWatermark
        }
    }
}
