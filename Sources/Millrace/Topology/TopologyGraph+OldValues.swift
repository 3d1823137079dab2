// Which tables send old values so that those behind them need not say of rows that never existed that they are gone
// (SEMANTICS G1, H1). Only tables that have a store, or are computed from such, have old values to send: no store is
// made for this. Pure; called by `build` on the describing thread, when it is known which tables have stores.

extension TableTraits {
    /// Settles what is sent in a task.
    mutating func decideOldValues(_ semantics: Semantics) {
        if sendsOldValues {
            oldValueUse = .results
        } else if sendsOldValuesToSpareTombstones && !semantics.sendsNeedlessTombstones {
            sendsOldValues = true
            oldValueUse = sparesTombstonesBelow ? .sparing : .own
        }
    }
}

extension TopologyGraph {
    func spareTombstones() { for node in nodes where node.table.wantsOldValues { _ = sendOldValues(node) } }

    /// Returns whether the node's changes will carry old values.
    private func sendOldValues(_ node: GraphNode) -> Bool {
        if node.table.sendsOldValuesToSpareTombstones { return true }
        if node.table.storeName == nil {
            guard node.table.passesOldValues else { return false }
            var isEnabled = true
            for parent in node.parents {
                parent.table.sparesTombstonesBelow = true
                isEnabled = sendOldValues(parent) && isEnabled
            }
            guard isEnabled else { return false }
        }
        node.table.sendsOldValuesToSpareTombstones = true
        return true
    }
}
