package import MillraceBroker

/// What a `GroupMember` asks of the consumer that drives it.
package enum GroupMemberAction: Sendable {
    /// Send the request to the group's coordinator and bring the answer to `receive` with the same id.
    case send(id: UInt64, GroupRequest)
    /// Hand the event to the consumer's caller. After `.revoking` call `completeRevocation` once it has let go.
    case deliver(GroupEvent)
    /// This member leads: find out how many partitions these topics have and call `providePartitionCounts`.
    case countPartitions([String])
    /// The membership is over; `step` does nothing more.
    case fail(ClusterError)
}
