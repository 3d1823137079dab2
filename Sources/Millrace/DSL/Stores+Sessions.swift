public import MillraceStores

// Specifications of session stores.

extension TopologyGraph {
    /// Sessions stay for gap and grace, and a millisecond more: one that a record exactly `gap` later extends must
    /// still be there, whatever other keys have done to the store's time (SEMANTICS I2).
    @inlinable
    func addSessionStore<Key: Hashable & Sendable, Value>(
        _ name: String, _ materialized: Materialized<Key, Value>, _ windows: SessionWindows, key: AnySerde<Key>,
        value: AnySerde<Value>, node: String
    ) {
        let needed = windows.gap + windows.grace
        let retention = materialized.retention ?? needed
        if let problem = windows.problem {
            fail(.invalidArgument(node: node, message: problem))
            return
        }
        if retention < needed {
            let message = "sessions are kept for \(retention), but gap and grace make \(needed)"
            fail(.invalidArgument(node: node, message: message))
        }
        let isPersistent = materialized.location == .persistent
        let store = Stores.session(
            name, retention: retention + .milliseconds(1), keySerde: key, valueSerde: value, isPersistent: isPersistent)
        addStore(materialized.isLogged ? store : store.withoutChangelog())
    }
}

extension SessionRow {
    /// The row of a session's window; nil for a window that is no session's.
    @inlinable
    init?(of window: Window) {
        guard window.start >= .epoch, window.start <= window.end else { return nil }
        self.init(start: window.start.millisecondsSinceEpoch, end: window.end.millisecondsSinceEpoch)
    }

    /// From the session's first to its last moment, both included.
    @inlinable var window: Window { Window(start: Timestamp(start), end: Timestamp(end)) }
}
