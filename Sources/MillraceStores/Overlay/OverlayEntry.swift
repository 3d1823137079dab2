/// One key of an overlay: its newest value, and what it takes to undo the writes since the last commit.
@usableFromInline
struct OverlayEntry<Key, Value> {
    /// What is known of an entry.
    ///
    /// | known | uncommitted | undo known | unflushed | the entry is |
    /// | --- | --- | --- | --- | --- |
    /// | no | no | – | no | a place holder: the byte store has the value |
    /// | yes | no | – | no | clean: equal to the byte store |
    /// | yes | no | – | yes | committed, to be flushed |
    /// | yes | yes | no | no | written without a read: the committed value is in the byte store |
    /// | yes | yes | yes | either | written; `committedValue` is what abort brings back |
    @usableFromInline
    struct State: OptionSet {
        @usableFromInline let rawValue: UInt8
        @inlinable init(rawValue: UInt8) { self.rawValue = rawValue }

        @inlinable static var known: State { State(rawValue: 1) }
        @inlinable static var uncommitted: State { State(rawValue: 2) }
        @inlinable static var undoKnown: State { State(rawValue: 4) }
        @inlinable static var unflushed: State { State(rawValue: 8) }
        /// In the ordered index of its store.
        @inlinable static var ordered: State { State(rawValue: 16) }
        /// Read or written since the last eviction.
        @inlinable static var used: State { State(rawValue: 32) }
    }

    @usableFromInline let key: Key
    @usableFromInline let hash: UInt32
    @usableFromInline var state: State
    /// The newest value; nil where the key is absent.
    @usableFromInline var value: Value?
    @usableFromInline var timestamp: Int64
    /// The value at the last commit, while the entry is uncommitted and its undo is known.
    @usableFromInline var committedValue: Value?
    @usableFromInline var committedTimestamp: Int64

    @inlinable
    init(key: Key, hash: UInt32) {
        self.key = key
        self.hash = hash
        state = []
        value = nil
        timestamp = 0
        committedValue = nil
        committedTimestamp = 0
    }

    /// Whether the last committed value is in memory.
    @inlinable var knowsCommitted: Bool {
        state.contains(.uncommitted) ? state.contains(.undoKnown) : state.contains(.known)
    }

    @inlinable var lastCommitted: (value: Value?, timestamp: Int64) {
        state.contains(.uncommitted) ? (committedValue, committedTimestamp) : (value, timestamp)
    }

    /// What a view sees in this entry; nil where the byte store has to be asked.
    @inlinable
    func seen(_ view: ReadView) -> (value: Value?, timestamp: Int64)? {
        switch view {
        case .latest: state.contains(.known) ? (value, timestamp) : nil
        case .committed: knowsCommitted ? lastCommitted : nil
        }
    }

    /// Replaces the newest value. Returns whether this is the first write since the last commit.
    @inlinable
    @inline(__always)
    mutating func write(_ newValue: consuming Value?, timestamp newTimestamp: Int64) -> Bool {
        let isFirst = !state.contains(.uncommitted)
        if isFirst {
            if state.contains(.known) {
                committedValue = value
                committedTimestamp = timestamp
                state.insert(.undoKnown)
            }
            state.insert(.uncommitted)
        }
        value = newValue
        timestamp = newTimestamp
        state.insert(.known)
        state.insert(.used)
        return isFirst
    }

    /// Takes in what the byte store holds, for an entry that is not known.
    @inlinable
    mutating func load(_ loaded: consuming Value?, timestamp loadedTimestamp: Int64) {
        value = loaded
        timestamp = loadedTimestamp
        state.insert(.known)
        state.insert(.used)
    }

    /// Takes in what the byte store holds, for an entry written without a read.
    @inlinable
    mutating func loadUndo(_ loaded: consuming Value?, timestamp loadedTimestamp: Int64) {
        committedValue = loaded
        committedTimestamp = loadedTimestamp
        state.insert(.undoKnown)
    }

    /// The writes are committed. Returns whether the entry now joins those to be flushed.
    @inlinable
    mutating func commit() -> Bool {
        committedValue = nil
        state.subtract([.uncommitted, .undoKnown])
        if state.contains(.unflushed) { return false }
        state.insert(.unflushed)
        return true
    }

    /// Undoes the writes since the last commit.
    @inlinable
    mutating func abort() {
        if state.contains(.undoKnown) {
            value = committedValue
            timestamp = committedTimestamp
        } else {
            value = nil
            state.remove(.known)
        }
        committedValue = nil
        state.subtract([.uncommitted, .undoKnown])
    }

    /// A restored record: the newest committed value, to be flushed. Returns whether the entry joins those to be
    /// flushed.
    @inlinable
    mutating func restore(_ restored: consuming Value?, timestamp restoredTimestamp: Int64) -> Bool {
        precondition(!state.contains(.uncommitted), "a changelog record restored over an uncommitted write")
        value = restored
        timestamp = restoredTimestamp
        state.insert(.known)
        if state.contains(.unflushed) { return false }
        state.insert(.unflushed)
        return true
    }
}
