package import MillraceBroker
package import MillraceCore

/// Where a consumer's records come from: the partitions that it reads, where it stands in each, and the reading itself.
/// Owned by the consumer's thread; only `alarm` is raised by others.
package protocol BatchSource: AnyObject {
    /// Ends `wait`: raised by answers of the group and by `wakeUp`, from any thread.
    var alarm: any Wakeable { get }
    /// Clear it, look at everything, then wait: what happens after the clearing is not missed.
    func clearAlarm()
    /// Sleeps until there may be something to fetch, until the alarm, or until `deadline`.
    func wait(until deadline: WaitDeadline)

    /// Those that nobody has given a position; they bring nothing.
    var withoutPosition: [TopicPartition] { get }
    /// Reads these from now on, none of them paused. None has a position, not even those that were read before.
    func assign(_ partitions: [TopicPartition]) throws(ClusterError)
    func removeAll()
    func reads(_ id: TopicPartition) -> Bool
    /// The offset that `fetch` brings next; nil where it has to be found first.
    func position(of id: TopicPartition) -> Offset?
    /// Goes on at `offset`; says whether the partition is one of those that are read.
    func seek(_ id: TopicPartition, to offset: Offset) -> Bool
    func setPaused(_ id: TopicPartition, _ isPaused: Bool)

    /// Brings what the partitions have, each in its turn, without waiting; says whether that was anything. A fetch
    /// without records is brought where the position moves, or where an end is told that was not known.
    func fetch(into fetched: inout [FetchedBatches]) throws(ClusterError) -> Bool
}
