internal import MillraceCore

/// One batch of an idempotent producer, as far as telling a duplicate needs it.
struct SequencedBatch: Hashable, Sendable {
    var firstSequence: Int32
    var lastSequence: Int32
    var lastOffset: Int64
    var offsetDelta: Int32

    var baseOffset: Offset { Offset(max(0, lastOffset - Int64(offsetDelta))) }

    /// The sequence number `count` further on; after `Int32.max` comes 0.
    static func sequence(_ sequence: Int32, advancedBy count: Int32) -> Int32 {
        let (sum, overflow) = sequence.addingReportingOverflow(count)
        return overflow ? count - (Int32.max - sequence) - 1 : sum
    }
}

/// What a partition knows about one producer. Pure; a value of fixed size, so that it can be put back.
struct ProducerEntry: Sendable {
    /// Batches that are remembered for telling duplicates (PROTOCOL.md 13): as many as a client keeps in flight.
    static let rememberedBatches = 5

    var epoch: Int16
    /// Of the coordinator that wrote the last marker; -1 before the first.
    var coordinatorEpoch: Int32 = -1
    /// When the producer was last heard of, by the broker's clock.
    var lastSeen: Timestamp
    /// First offset of the open transaction.
    var transactionStart: Offset?
    /// Its batches are gone and only a marker is left of it: as of one that is not known, any sequence will do.
    var hasUnknownPast = false
    private var ring = InlineArray<5, SequencedBatch>(
        repeating: SequencedBatch(firstSequence: 0, lastSequence: 0, lastOffset: 0, offsetDelta: 0))
    private var count = 0

    init(epoch: Int16, lastSeen: Timestamp) {
        self.epoch = epoch
        self.lastSeen = lastSeen
    }

    /// The remembered batches, oldest first.
    var batches: [SequencedBatch] { (0..<count).map { ring[$0] } }

    var last: SequencedBatch? { count == 0 ? nil : ring[count - 1] }

    /// What the next batch of this epoch has to begin with; nil where it may be anything.
    var expectedSequence: Int32? {
        if let last { return SequencedBatch.sequence(last.lastSequence, advancedBy: 1) }
        return hasUnknownPast ? nil : 0
    }

    func batch(first: Int32, last: Int32) -> SequencedBatch? {
        for index in 0..<count where ring[index].firstSequence == first && ring[index].lastSequence == last {
            return ring[index]
        }
        return nil
    }

    mutating func remember(_ batch: SequencedBatch) {
        if count == ProducerEntry.rememberedBatches {
            for index in 1..<count { ring[index - 1] = ring[index] }
            count -= 1
        }
        ring[count] = batch
        count += 1
    }

    /// Puts batches before those that are remembered.
    mutating func prepend(_ older: [SequencedBatch]) {
        let known = batches
        count = 0
        for batch in older + known { remember(batch) }
    }

    /// A newer epoch begins with sequence 0 and without a past.
    mutating func enter(epoch newEpoch: Int16) {
        guard newEpoch > epoch else { return }
        epoch = newEpoch
        count = 0
        hasUnknownPast = false
    }
}
