import MillraceCore

/// The committed offsets of one group, and those of open transactions. Pure; written by `apply` alone, live and in
/// replay. Each entry remembers its place in the order of the log: what an earlier transaction commits later must not
/// undo a later commit.
struct GroupOffsets: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        var value: OffsetCommitValue
        /// A higher number was logged later.
        var sequence: UInt64
    }

    private(set) var committed: [TopicPartition: Entry] = [:]
    /// By producer id: at most one open transaction each.
    private(set) var pending: [Int64: [TopicPartition: Entry]] = [:]

    var isEmpty: Bool { committed.isEmpty && pending.isEmpty }

    subscript(partition: TopicPartition) -> OffsetCommitValue? { committed[partition]?.value }

    /// Every partition with a committed offset, in order.
    var partitions: [TopicPartition] { committed.keys.sorted() }

    /// Every partition with an offset, committed or in an open transaction, in order.
    var allPartitions: [TopicPartition] {
        pending.values.reduce(into: Set(committed.keys)) { $0.formUnion($1.keys) }.sorted()
    }

    func isPending(_ partition: TopicPartition) -> Bool { pending.values.contains { $0[partition] != nil } }

    mutating func commit(_ value: OffsetCommitValue, of partition: TopicPartition, sequence: UInt64) {
        committed[partition] = Entry(value: value, sequence: sequence)
    }

    mutating func addPending(
        _ value: OffsetCommitValue, of partition: TopicPartition, producerID: Int64, sequence: UInt64
    ) {
        pending[producerID, default: [:]][partition] = Entry(value: value, sequence: sequence)
    }

    /// Forgets the partition, in open transactions too (as Kafka's tombstones do).
    mutating func remove(_ partition: TopicPartition) {
        committed[partition] = nil
        for producerID in pending.keys {
            pending[producerID]?[partition] = nil
            if pending[producerID]?.isEmpty == true { pending[producerID] = nil }
        }
    }

    mutating func endTransaction(of producerID: Int64, _ outcome: TransactionOutcome) {
        guard let ended = pending.removeValue(forKey: producerID), outcome == .commit else { return }
        for (partition, entry) in ended where committed[partition].map({ $0.sequence < entry.sequence }) ?? true {
            committed[partition] = entry
        }
    }
}
