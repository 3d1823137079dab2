internal import MillraceCore

/// A sealed batch that no broker has acknowledged yet.
struct QueuedBatch {
    let buffer: SharedBuffer
    let recordCount: Int32
    /// When it is given up.
    let deadline: MonotonicTime
    /// How many batches came before it in the partition.
    let ordinal: Int
    var baseSequence: Int32
    /// In a request that has not been answered.
    var isUnderWay = false
    /// It was in a request at least once: a broker may have it.
    var wasSent = false
}

/// The batches of one partition in the order of their sequences, and what is known of the partition. As long as nothing
/// goes wrong, what is under way stands before what waits. Once something is to be sent again nothing goes out until
/// all that is under way has been answered; then everything left is sent from the first on. Pure.
struct PartitionQueue {
    let id: TopicPartition
    var batches: [QueuedBatch] = []
    /// Of the batch to come.
    private(set) var nextOrdinal = 0
    var nextSequence: Int32 = 0
    /// After the last acknowledged record.
    var endOffset: Int64?
    /// Nil while nobody knows.
    var leader: Int32?
    /// Since when the cluster says that there is no such partition.
    var missingSince: MonotonicTime?
    /// Whom the batches under way went to.
    private(set) var broker: Int32 = -1
    private(set) var underWay = 0
    private(set) var isRepeating = false
    /// A broker has a batch of the present identity.
    private var isKnown = false
    /// Failures in a row, and when the next attempt is due.
    private(set) var failures = 0
    private(set) var retryAt = MonotonicTime(milliseconds: .min)
    /// Part of the open transaction, of version 1.
    var isAdmitted = false
    /// Stands in the queue's list of partitions with something to send.
    var isListed = false

    /// Brokers know so many batches of a producer again when they come twice (KIP-98).
    private static let rememberedBatches = 5

    init(_ id: TopicPartition) { self.id = id }

    var hasWaiting: Bool { batches.count > underWay }

    /// The broker that the next batch could go to now.
    func receiver(now: MonotonicTime) -> Int32? {
        guard hasWaiting, !isRepeating, now >= retryAt, let leader else { return nil }
        // Of a producer that it has never heard of, a broker takes any sequence for the first (KIP-360): were the first
        // batch refused, the second would get before it.
        guard isKnown || underWay == 0 else { return nil }
        // One that may have to be sent again must not be forgotten over those behind it.
        guard batches[underWay].ordinal - batches[0].ordinal < PartitionQueue.rememberedBatches else { return nil }
        // To two brokers at once the batches would come in any order.
        return underWay == 0 || broker == leader ? leader : nil
    }

    /// The first that is not under way.
    var firstWaiting: QueuedBatch? {
        isRepeating ? batches.first { !$0.isUnderWay } : batches.count > underWay ? batches[underWay] : nil
    }

    mutating func add(_ batch: QueuedBatch) {
        batches.append(batch)
        nextOrdinal += 1
        nextSequence = PartitionQueue.sequence(batch.baseSequence, advancedBy: batch.recordCount)
    }

    /// Puts the next batch under way to a broker, where `receiver` has said so.
    mutating func takeNext(to receiver: Int32) -> QueuedBatch {
        let index = underWay
        batches[index].isUnderWay = true
        batches[index].wasSent = true
        underWay += 1
        broker = receiver
        return batches[index]
    }

    /// Where the batch under way with this sequence stands; nil where there is none.
    func index(underWay sequence: Int32) -> Int? {
        batches.firstIndex { $0.isUnderWay && $0.baseSequence == sequence }
    }

    /// The batch under way is settled for good.
    mutating func remove(at index: Int) -> QueuedBatch {
        let batch = batches.remove(at: index)
        if batch.isUnderWay { answered() }
        return batch
    }

    /// The batch under way is to be sent again, not before `time`.
    mutating func putBack(at index: Int, retryAt time: MonotonicTime) {
        batches[index].isUnderWay = false
        isRepeating = true
        retryAt = max(retryAt, time)
        answered()
    }

    mutating func noteFailure() { failures += 1 }

    /// A broker has acknowledged a batch.
    mutating func noteSuccess() {
        failures = 0
        isKnown = true
    }

    private mutating func answered() {
        underWay -= 1
        if underWay == 0 { isRepeating = false }
    }

    /// What has not been acknowledged is to be sent by this identity, beginning with sequence 0. Nothing is under way.
    mutating func renumber(_ identity: ProducerIdentity) {
        precondition(underWay == 0, "\(underWay) batches of \(id) are under way with their old sequences")
        nextSequence = 0
        isKnown = false
        for index in batches.indices {
            batches[index].baseSequence = nextSequence
            batches[index].buffer.resealBatch(producer: identity, baseSequence: nextSequence)
            nextSequence = PartitionQueue.sequence(nextSequence, advancedBy: batches[index].recordCount)
        }
    }

    /// Forgets all batches. The sequences of those that were never sent are used again.
    ///
    /// - Returns: whether a broker may have one of them.
    mutating func drop() -> Bool {
        let firstUnsent = batches.first { !$0.wasSent }
        let isDirty = batches.contains(where: \.wasSent)
        if let firstUnsent { nextSequence = firstUnsent.baseSequence }
        batches.removeAll()
        underWay = 0
        isRepeating = false
        failures = 0
        retryAt = MonotonicTime(milliseconds: .min)
        return isDirty
    }

    /// The sequence `count` further on; after `Int32.max` comes 0.
    static func sequence(_ sequence: Int32, advancedBy count: Int32) -> Int32 {
        let (sum, overflow) = sequence.addingReportingOverflow(count)
        return overflow ? sum &- .min : sum
    }
}
