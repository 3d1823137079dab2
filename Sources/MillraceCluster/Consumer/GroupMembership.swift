package import MillraceBroker
package import MillraceCore

/// A consumer's membership in its group, behind which a `GroupMember` is driven: by the caller's own thread, or by one
/// beside it. Called by the consumer's thread.
package protocol GroupMembership: AnyObject {
    /// The seat that fences commits; nil while the caller holds no assignment.
    var groupMetadata: GroupMetadata? { get }
    /// Does what is due and returns the next event.
    func step() throws(ClusterError) -> GroupEvent?
    /// The caller has let go of what `.revoking` named.
    func completeRevocation()
    /// Asks the group for a rebalance.
    func rejoin()
    /// The coordinator has refused a commit.
    func commitRefused(_ code: KafkaErrorCode)
    func leave(forGood: Bool)
    /// Ends without a word to the group, for a consumer that was not closed.
    func abandon()
    /// The earlier of `deadline` and the next moment at which `step` has something to do.
    func earlier(of deadline: WaitDeadline) -> WaitDeadline
}

/// What groups have committed, and where partitions begin and end. Called by the consumer's thread; may block it.
package protocol GroupOffsets: AnyObject {
    /// - Throws: where one of them is not there.
    func require(_ partitions: [TopicPartition]) throws(ClusterError)
    /// - Parameter seat: fences the commit; nil for nobody of the group.
    func commit(
        _ offsets: [TopicPartition: CommittedOffset], group: String, seat: GroupMetadata?
    ) throws(ClusterError)
    /// The group's positions; nil where a transaction that may change them is still open at `deadline` (KIP-447).
    func committed(
        _ partitions: [TopicPartition], group: String, until deadline: WaitDeadline
    ) throws(ClusterError) -> [TopicPartition: CommittedOffset]?
    /// The offset at a place or a time; the end, where no record is that late.
    func start(of partition: TopicPartition, at reset: OffsetQuery) throws(ClusterError) -> Offset?
}
