internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore

/// What a producer has sealed and no broker has acknowledged: which batches may go out in which request, and what an
/// answer, or none, means for them. Per partition, batches get into the log once and in order (KIP-98); outside
/// transactions a producer that a broker has forgotten goes on with a new epoch (KIP-360). Pure: time and dice are
/// parameters, and somebody else sends and receives (`NativeProducer`). The rest: `+Answers`.
struct ProduceQueue {
    /// A request that is to be sent, with one batch for each of some partitions that one broker leads.
    struct Order {
        let number: Int
        let broker: Int32
        let entries: [Entry]
    }

    /// A batch within an order.
    struct Entry {
        let index: Int
        let partition: TopicPartition
        let baseSequence: Int32
        let buffer: SharedBuffer
    }

    struct Limits {
        /// Most requests under way to one broker. Brokers remember five batches of a producer (KIP-98).
        var ordersPerBroker = 5
        /// Most bytes of batches in one request, unless one batch has more.
        var orderBytes = 1 << 20
        /// A request that is not answered for so long takes its connection with it.
        var requestTimeout = Duration.seconds(30)
        /// How long a partition that the cluster does not know is waited for.
        var missingTimeout = Duration.seconds(30)
        var retry = RetryPolicy()
    }

    struct UnderWay {
        let broker: Int32
        let entries: [Entry]
        let deadline: MonotonicTime
    }

    /// One broker's share.
    struct Link {
        var underWay = 0
        /// A quota, or a broker that could not be reached.
        var mutedUntil = MonotonicTime(milliseconds: .min)
        var failures = 0
    }

    let limits: Limits
    let isTransactional: Bool
    /// Fewer bytes than these wait for others until `isFlushing`.
    var holdBytes = 0
    var isFlushing = false
    /// Partitions take part only once they have been admitted (transactions of version 1).
    var needsAdmission = false
    /// Of whoever sends.
    private(set) var identity = ProducerIdentity.none

    var partitions: [PartitionQueue] = []
    private(set) var indexes: [TopicPartition: Int] = [:]
    /// Partitions with something to send, in turn; some may have nothing any more.
    private var listed: [Int] = []
    var orders: [Int: UnderWay] = [:]
    private var lastOrder = 0
    var links: [Int32: Link] = [:]
    /// Of everything in the queue, and of what waits.
    var heldBytes = 0
    var waitingBytes = 0
    var staleTopics: Set<String> = []
    /// The first since it was last taken.
    var failure: ClusterError?
    /// A batch is lost or in doubt: its sequence will not come.
    var hasGap = false

    init(_ limits: Limits, isTransactional: Bool) {
        self.limits = limits
        self.isTransactional = isTransactional
    }

    var isEmpty: Bool { heldBytes == 0 }
    var hasUnderWay: Bool { !orders.isEmpty }
    /// A transaction with a gap can only be aborted.
    private var isDoomed: Bool { isTransactional && hasGap }
    /// Outside transactions a gap is closed by a new epoch, once nothing is under way with the old one.
    var needsRenewal: Bool { !isTransactional && hasGap }

    // MARK: Identity

    /// A new identity: its sequences begin at 0 in all partitions, also for what waits. Nothing is under way.
    mutating func use(_ new: ProducerIdentity) {
        precondition(orders.isEmpty, "requests are under way with the old identity")
        identity = new
        hasGap = false
        for index in partitions.indices { partitions[index].renumber(new) }
    }

    // MARK: Adding

    /// The index of a partition, for everything else.
    mutating func index(of id: TopicPartition) -> Int {
        if let index = indexes[id] { return index }
        partitions.append(PartitionQueue(id))
        indexes[id] = partitions.count - 1
        return partitions.count - 1
    }

    /// Takes a batch that was sealed with `identity` and the partition's next sequence.
    mutating func add(_ buffer: SharedBuffer, recordCount: Int, to index: Int, deadline: MonotonicTime) {
        partitions[index].add(
            QueuedBatch(
                buffer: buffer, recordCount: Int32(recordCount), deadline: deadline,
                ordinal: partitions[index].nextOrdinal, baseSequence: partitions[index].nextSequence))
        heldBytes += buffer.count
        waitingBytes += buffer.count
        list(index)
    }

    mutating func list(_ index: Int) {
        guard !partitions[index].isListed else { return }
        partitions[index].isListed = true
        listed.append(index)
    }

    /// Those that have something waiting.
    var waitingPartitions: [Int] { listed.filter { partitions[$0].hasWaiting } }

    // MARK: Transactions of version 1

    /// Partitions that have to be admitted before anything goes out.
    func awaitingAdmission() -> [Int] {
        guard needsAdmission, isDue, !isDoomed else { return [] }
        return listed.filter { !partitions[$0].isAdmitted && partitions[$0].hasWaiting }
    }

    mutating func admit(_ indexes: [Int]) {
        for index in indexes { partitions[index].isAdmitted = true }
    }

    /// The transaction is over.
    mutating func endAdmission() {
        for index in partitions.indices { partitions[index].isAdmitted = false }
    }

    // MARK: Sending

    private var isDue: Bool { waitingBytes > 0 && (isFlushing || waitingBytes >= holdBytes) }

    /// The next request, which is under way from now on; nil where nothing may go out now.
    mutating func nextOrder(now: MonotonicTime) -> Order? {
        guard isDue, !hasGap else { return nil }
        var receiver: Int32?
        var entries: [Entry] = []
        var byteCount = 0
        var rest: [Int] = []
        for index in listed {
            guard partitions[index].hasWaiting else {
                partitions[index].isListed = false
                continue
            }
            let size = partitions[index].firstWaiting?.buffer.count ?? 0
            guard let broker = self.receiver(of: index, now: now), broker == receiver ?? broker,
                entries.isEmpty || byteCount + size <= limits.orderBytes
            else {
                rest.append(index)
                continue
            }
            receiver = broker
            entries.append(take(index, to: broker))
            byteCount += size
        }
        // Those that had their turn go to the end.
        listed = rest + entries.map(\.index)
        guard let receiver else { return nil }
        waitingBytes -= byteCount
        lastOrder += 1
        links[receiver, default: Link()].underWay += 1
        orders[lastOrder] = UnderWay(
            broker: receiver, entries: entries, deadline: now.advanced(by: limits.requestTimeout))
        return Order(number: lastOrder, broker: receiver, entries: entries)
    }

    private func receiver(of index: Int, now: MonotonicTime) -> Int32? {
        guard !needsAdmission || partitions[index].isAdmitted,
            let broker = partitions[index].receiver(now: now)
        else { return nil }
        guard let link = links[broker] else { return broker }
        return link.underWay < limits.ordersPerBroker && now >= link.mutedUntil ? broker : nil
    }

    private mutating func take(_ index: Int, to broker: Int32) -> Entry {
        let batch = partitions[index].takeNext(to: broker)
        return Entry(
            index: index, partition: partitions[index].id, baseSequence: batch.baseSequence, buffer: batch.buffer)
    }

    // MARK: Waiting

    /// When something is due although nothing has come: a retry, the end of a patience.
    func nextDue(now: MonotonicTime) -> MonotonicTime? {
        var due = orders.values.map(\.deadline).min()
        func note(_ time: MonotonicTime) { due = min(due ?? time, time) }
        for index in listed {
            guard let waiting = partitions[index].firstWaiting else { continue }
            note(waiting.deadline)
            let muted = partitions[index].leader.flatMap { links[$0]?.mutedUntil }
            let ready = max(partitions[index].retryAt, muted ?? partitions[index].retryAt)
            if ready > now { note(ready) }
        }
        return due
    }

    // MARK: Leaders

    /// What is known of a partition: its leader, or that the cluster has no such partition.
    mutating func learn(_ index: Int, leader: Int32?, exists: Bool, now: MonotonicTime) {
        partitions[index].leader = leader
        partitions[index].missingSince = exists ? nil : partitions[index].missingSince ?? now
    }

    /// Topics whose leaders are to be asked for, since the last call: those of failures, and of whatever waits without
    /// one.
    mutating func takeStaleTopics() -> Set<String> {
        defer { staleTopics = [] }
        for index in listed where partitions[index].leader == nil && partitions[index].hasWaiting {
            staleTopics.insert(partitions[index].id.topic)
        }
        return staleTopics
    }
}
