package import MillraceCore
internal import MillraceLog

/// Acknowledgements that wait for the disk without a thread that waits. From any thread, which they never block.
///
///     let appended = try broker.append(batches, to: partition)
///     broker.whenDurable(partition, upTo: appended.lastOffset.advanced(by: 1)) { failure in answer(failure) }
extension Broker {
    /// Whether an acknowledgement of what is outside transactions waits for a sync (`acks=all`, offset commits).
    package var acknowledgesAfterSync: Bool { configuration.durability == .everyCommit }

    /// Calls `completion` once, when everything in the partition before `end` survives a power loss; under `interval`
    /// and `system`, which promise no such thing, at once. It is called before this returns where there is nothing to
    /// wait for, else on a thread of the broker's, which it should not hold up.
    ///
    /// All who wait for a partition share its next sync.
    ///
    /// - Parameter end: the offset after the last record; nil for the log's end as it is now.
    package func whenDurable(
        _ partition: Partition, upTo end: Offset? = nil, _ completion: @escaping @Sendable (BrokerError?) -> Void
    ) {
        guard acknowledgesAfterSync, !partition.isSynced(upTo: end) else { return completion(nil) }
        syncs.whenSynced(partition, completion)
    }

    /// The same for several partitions, with one call at the end that says which of them failed.
    package func whenDurable(
        _ ends: [(partition: Partition, end: Offset)],
        _ completion: @escaping @Sendable ([TopicPartition: BrokerError]) -> Void
    ) {
        guard acknowledgesAfterSync else { return completion([:]) }
        whenSynced(ends, completion)
    }

    /// As `whenDurable`, whatever the durability: for topics that ask for syncs of their own.
    package func whenSynced(
        _ ends: [(partition: Partition, end: Offset)],
        _ completion: @escaping @Sendable ([TopicPartition: BrokerError]) -> Void
    ) {
        let open = ends.filter { !$0.partition.isSynced(upTo: $0.end) }
        guard !open.isEmpty else { return completion([:]) }
        let outcome = Monitor((left: open.count, failures: [TopicPartition: BrokerError]()))
        for (partition, _) in open {
            let id = partition.id
            syncs.whenSynced(partition) { failure in
                let failures = outcome.withLock { outcome -> [TopicPartition: BrokerError]? in
                    outcome.left -= 1
                    if let failure { outcome.failures[id] = failure }
                    return outcome.left == 0 ? outcome.failures : nil
                }
                if let failures { completion(failures) }
            }
        }
    }
}
