internal import MillraceBroker
internal import Synchronization

/// Tells a loop that a partition has changed that fetches wait for there: something was appended, a transaction has
/// ended, the topic is gone. Raised from any thread, under the partition's lock; everything else on the loop's thread.
///
/// It tells once, and then no more until it is armed again: a partition that is written to all the time costs the loop
/// nothing while no fetch waits for it.
final class PartitionWatch: Wakeable {
    let partition: Partition
    private let mailbox: LoopMailbox
    private let isRaised = Atomic<Bool>(true)

    init(_ partition: Partition, mailbox: LoopMailbox) {
        self.partition = partition
        self.mailbox = mailbox
        partition.watch(self)
    }

    func raise() {
        guard !isRaised.exchange(true, ordering: .acquiringAndReleasing) else { return }
        mailbox.post(.partitionChanged(self))
    }

    /// What changes from here on is told; look at the partition after this.
    func arm() { isRaised.store(false, ordering: .sequentiallyConsistent) }

    /// Nothing is told any more.
    func end() { partition.unwatch(self) }
}
