/// Who wrote a batch: a producer id and the epoch that fences its older incarnations (KIP-98).
public struct ProducerIdentity: Hashable, Sendable {
    /// Given by the broker; negative for none.
    public let id: Int64
    /// Raised to fence older producers of the same id.
    public let epoch: Int16

    /// An identity of these parts.
    @inlinable
    public init(id: Int64, epoch: Int16) {
        self.id = id
        self.epoch = epoch
    }

    /// What a batch carries that no idempotent producer wrote.
    public static let none = ProducerIdentity(id: -1, epoch: -1)

    /// Whether it stands for a producer that is not idempotent.
    @inlinable
    public var isNone: Bool { id < 0 }
}

/// What consumers are shown of transactions (KIP-98).
public enum IsolationLevel: UInt8, Sendable {
    /// Everything up to the high watermark.
    case readUncommitted = 0
    /// Up to the last stable offset, without the records of aborted transactions.
    case readCommitted = 1
}

/// How a transaction ended.
public enum TransactionOutcome: Hashable, Sendable {
    /// The records count.
    case commit
    /// The records do not count.
    case abort
}
