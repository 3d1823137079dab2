/// One directory of a simulated disk: the names programs see, and the changes to them that no directory sync has
/// covered. A value; the disk guards it.
struct SimulatedDirectory: Sendable {
    enum Change: Sendable {
        case set(String, node: Int)
        case remove(String)
        case rename(String, to: String)
    }

    private(set) var names: [String: Int] = [:]
    private var durableNames: [String: Int] = [:]
    private var pending: [Change] = []

    mutating func apply(_ change: Change) {
        SimulatedDirectory.apply(change, to: &names)
        pending.append(change)
    }

    mutating func sync() {
        durableNames = names
        pending.removeAll()
    }

    /// Changes reach the platter in their order, up to a point.
    func afterCrash(using random: inout SeededGenerator) -> SimulatedDirectory {
        var result = SimulatedDirectory()
        var survivors = durableNames
        for change in pending.prefix(Int.random(in: 0...pending.count, using: &random)) {
            SimulatedDirectory.apply(change, to: &survivors)
        }
        result.names = survivors
        result.durableNames = survivors
        return result
    }

    private static func apply(_ change: Change, to names: inout [String: Int]) {
        switch change {
        case .set(let name, let node): names[name] = node
        case .remove(let name): names[name] = nil
        case .rename(let old, let new): names[new] = names.removeValue(forKey: old)
        }
    }
}

/// What a name stands for.
enum SimulatedNode: Sendable {
    case file(SimulatedFile)
    case directory(SimulatedDirectory)
}
