internal import MillraceCore

/// What a partition knows about its producers: sequences, epochs, open transactions (KIP-98, KIP-360, KIP-890;
/// PROTOCOL.md 13, 21, 35). Pure: `decide` judges a batch, `apply` is the only writer and runs again, for the same
/// batches, when a log is opened.
struct ProducerStateTable: Sendable {
    enum Verdict: Hashable {
        case append
        /// Appended before, as this.
        case duplicate(SequencedBatch)
    }

    private(set) var entries: [Int64: ProducerEntry] = [:]
    /// First offsets of open transactions by producer; the same as in `entries`.
    private(set) var openTransactions: [Int64: Offset] = [:]

    /// Where the earliest open transaction begins.
    var firstOpenOffset: Offset? { openTransactions.values.min() }

    func firstOpenOffset(without producerID: Int64) -> Offset? {
        openTransactions.lazy.filter { $0.key != producerID }.map(\.value).min()
    }

    // MARK: Batches

    /// Judges a batch that is no marker.
    func decide(_ header: RecordBatchHeader, origin: LogAppendOrigin) throws(LogError) -> Verdict {
        let producer = header.producer
        guard !producer.isNone else { return .append }
        let isTransactional = header.attributes.isTransactional
        guard let entry = entries[producer.id] else {
            try checkVerified(producer, isTransactional: isTransactional, origin: origin)
            return .append  // Nothing is known of it: any sequence will do (KIP-360).
        }
        guard producer.epoch >= entry.epoch else {
            throw .invalidProducerEpoch(producer: producer, current: entry.epoch)
        }
        if header.baseSequence >= 0 {
            if producer.epoch == entry.epoch,
                let known = entry.batch(first: header.baseSequence, last: header.lastSequence)
            {
                return .duplicate(known)
            }
            let expected = producer.epoch == entry.epoch ? entry.expectedSequence : 0
            if let expected, header.baseSequence != expected {
                throw .outOfOrderSequence(producerID: producer.id, expected: expected, found: header.baseSequence)
            }
        }
        if entry.transactionStart != nil {
            guard isTransactional else {
                throw .invalidTransactionState(
                    producerID: producer.id, "a batch outside the open transaction of its producer")
            }
        } else {
            try checkVerified(producer, isTransactional: isTransactional, origin: origin)
        }
        return .append
    }

    /// The first batch of a transaction needs somebody who vouches for it: a late one, after the end of its
    /// transaction, would open one that nobody ends (KIP-890).
    private func checkVerified(
        _ producer: ProducerIdentity, isTransactional: Bool, origin: LogAppendOrigin
    ) throws(LogError) {
        guard isTransactional, origin == .client(transactionVerified: false) else { return }
        throw .invalidTransactionState(
            producerID: producer.id, "the partition has not been added to the producer's transaction")
    }

    /// Takes in a batch that has its offsets and is no marker.
    mutating func apply(_ header: RecordBatchHeader, now: Timestamp) {
        let producer = header.producer
        guard !producer.isNone else { return }
        var entry = entries[producer.id] ?? ProducerEntry(epoch: producer.epoch, lastSeen: now)
        entry.enter(epoch: producer.epoch)
        entry.lastSeen = now
        if header.baseSequence >= 0 {
            entry.remember(
                SequencedBatch(
                    firstSequence: header.baseSequence, lastSequence: header.lastSequence,
                    lastOffset: header.lastOffset.rawValue, offsetDelta: header.lastOffsetDelta))
        }
        if header.attributes.isTransactional && entry.transactionStart == nil {
            entry.transactionStart = header.baseOffset
            openTransactions[producer.id] = header.baseOffset
        }
        entries[producer.id] = entry
    }

    // MARK: Markers

    /// Judges a transaction marker; the first offset of what it would end, nil where there is nothing to end.
    func decideMarker(_ producer: ProducerIdentity, coordinatorEpoch: Int32) throws(LogError) -> Offset? {
        guard let entry = entries[producer.id] else { return nil }
        guard producer.epoch >= entry.epoch else {
            throw .invalidProducerEpoch(producer: producer, current: entry.epoch)
        }
        guard coordinatorEpoch >= entry.coordinatorEpoch else {
            throw .coordinatorFenced(epoch: coordinatorEpoch, current: entry.coordinatorEpoch)
        }
        return entry.transactionStart
    }

    /// Takes in a marker; returns the first offset of the transaction it ended.
    @discardableResult
    mutating func applyMarker(_ producer: ProducerIdentity, coordinatorEpoch: Int32, now: Timestamp) -> Offset? {
        let known = entries[producer.id]
        var entry = known ?? ProducerEntry(epoch: producer.epoch, lastSeen: now)
        if known == nil { entry.hasUnknownPast = true }
        let start = entry.transactionStart
        entry.enter(epoch: producer.epoch)
        entry.coordinatorEpoch = max(entry.coordinatorEpoch, coordinatorEpoch)
        entry.lastSeen = now
        entry.transactionStart = nil
        openTransactions[producer.id] = nil
        entries[producer.id] = entry
        return start
    }

    // MARK: The rest

    /// Sets what is known of one producer: loading a snapshot, or taking back a batch that was not written.
    mutating func restore(_ producerID: Int64, _ entry: ProducerEntry?) {
        entries[producerID] = entry
        openTransactions[producerID] = entry?.transactionStart
    }

    /// Forgets producers that have been silent for so long and have no transaction open.
    mutating func expire(now: Timestamp, after milliseconds: Int64) {
        entries = entries.filter { _, entry in
            entry.transactionStart != nil || now.milliseconds(since: entry.lastSeen) < milliseconds
        }
    }
}

extension RecordBatchHeader {
    /// The sequence of the last record; wraps after `Int32.max`.
    var lastSequence: Int32 { SequencedBatch.sequence(baseSequence, advancedBy: lastOffsetDelta) }
}
