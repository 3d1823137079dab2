public import MillraceCore

/// Which records of a stream–stream join come out without a partner.
@usableFromInline
enum StreamJoinKind: Sendable {
    case inner
    case left
    case outer

    @inlinable var keepsLeft: Bool { self != .inner }
    @inlinable var keepsRight: Bool { self == .outer }
}

/// What the nodes of one stream–stream join have in common: made when the join is described, asked when a task's nodes
/// are. Immutable.
@usableFromInline
struct StreamJoinPlan<Key: Hashable & Sendable, Left: Sendable, Right: Sendable>: Sendable {
    /// Unique among the joins of a topology.
    @usableFromInline let name: String
    @usableFromInline let kind: StreamJoinKind
    @usableFromInline let windows: JoinWindows
    @usableFromInline let leftStore: String
    @usableFromInline let rightStore: String
    /// Nil for an inner join.
    @usableFromInline let unmatchedStore: String?
    @usableFromInline let key: AnySerde<Key>

    @inlinable
    init(
        name: String, kind: StreamJoinKind, windows: JoinWindows, leftStore: String, rightStore: String,
        unmatchedStore: String?, key: AnySerde<Key>
    ) {
        self.name = name
        self.kind = kind
        self.windows = windows
        self.leftStore = leftStore
        self.rightStore = rightStore
        self.unmatchedStore = unmatchedStore
        self.key = key
    }

    /// What the join's nodes share in one task.
    @inlinable
    func state(_ assembly: NodeAssembly) throws -> StreamJoinState<Key, Left, Right> {
        try assembly.shared(name) { try StreamJoinState(self, assembly) }
    }
}

/// What the nodes of one stream–stream join share in one task: time, which both sides move (SEMANTICS E8), and stores.
/// Owned by the task's thread.
@usableFromInline
final class StreamJoinState<Key: Hashable & Sendable, Left: Sendable, Right: Sendable> {
    @usableFromInline let observed: ObservedTime
    @usableFromInline let leftRows: JoinRows<Key, Left>
    @usableFromInline let rightRows: JoinRows<Key, Right>
    @usableFromInline let unmatched: UnmatchedRecords<Key, Left, Right>?
    /// The time before which the left stream sends nothing more, where time moves on without records.
    @usableFromInline var leftTime = Timestamp.epoch

    @inlinable
    init(_ plan: StreamJoinPlan<Key, Left, Right>, _ assembly: NodeAssembly) throws {
        observed = ObservedTime(of: assembly)
        leftRows = try JoinRows(plan.leftStore, windows: plan.windows, assembly)
        rightRows = try JoinRows(plan.rightStore, windows: plan.windows.reversed, assembly)
        guard let name = plan.unmatchedStore else {
            unmatched = nil
            return
        }
        let unmatched = UnmatchedRecords<Key, Left, Right>(
            try assembly.store(name), keySerde: plan.key, windows: plan.windows)
        assembly.onStart { try unmatched.load() }
        self.unmatched = unmatched
    }

    /// A record that has come out without a partner is met by none that comes after.
    @inlinable
    func forget(_ id: UnmatchedKey<Key>) throws {
        switch id.side {
        case .left: try leftRows.removeAll(id.key, at: id.timestamp)
        case .right: try rightRows.removeAll(id.key, at: id.timestamp)
        }
    }
}
