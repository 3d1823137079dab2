public import MillraceStores

// From the plan to one task's operators. Pure; called on the task's thread when the task is made.

extension Topology {
    /// Makes one task's operators.
    ///
    /// - Parameters:
    ///   - wanted: numbers of those that the task runs; nil for all but those of global tables.
    ///   - stores: the task's stores by name.
    ///   - context: what the operators of the task share.
    /// - Throws: `TopologyError` where a store is missing or of another type than its node expects.
    public func assemble(
        subtopologies wanted: [Int]? = nil, context: TaskContext, stores: [String: any StateStore]
    ) throws -> TaskTopology {
        let chosen = subtopologies.filter { wanted?.contains($0.id) ?? !$0.isGlobal }
        // Children have higher numbers than their parents and are made first.
        let ids = chosen.flatMap(\.nodes).sorted()
        guard let last = ids.last else { throw TopologyError.empty }
        let assembly = NodeAssembly(
            context: context, node: nodes[last.index], stores: stores, finalNames: names)
        for name in globalSubtopologies.flatMap(\.stores) { assembly.globalStores[name] = stores[name] }
        var sources: [TaskSource] = []
        for id in ids { context.metrics.add(nodes[id.index].name) }
        for id in ids.reversed() {
            var node = nodes[id.index]
            node.table.decideOldValues(context.semantics)
            assembly.node = node
            assembly.names[id] = node.name
            let made = try node.assemble(assembly)
            assembly.assembled[id] = made
            guard let source = made as? SourceFactory else { continue }
            for topic in node.kind.sourceTopics.reversed() {
                sources.append(
                    TaskSource(
                        topic: topic.name(applicationID: context.applicationID), feedsTable: node.feedsTable,
                        makeReceiver: source.make))
            }
        }
        func inOrder<Body>(_ parts: [(NodeID, Body)]) -> [Body] {
            parts.enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }.map(\.element.1)
        }
        let tablesFirst = sources.reversed().filter(\.feedsTable) + sources.reversed().filter { !$0.feedsTable }
        return TaskTopology(
            sources: tablesFirst, emissions: inOrder(assembly.emissions),
            starts: inOrder(assembly.starts) + inOrder(assembly.userStarts),
            closes: inOrder(assembly.closes), timeSteps: timeSteps(of: ids, assembly),
            emissionBegins: assembly.emissionBegins, endOfEmissions: assembly.endOfEmissions)
    }

    /// - Parameter ids: ascending, so that parents come before children.
    private func timeSteps(of ids: [NodeID], _ assembly: NodeAssembly) -> [TimeStep] {
        // What is to be known before the first emission has no node; it makes the first step.
        let positions = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, $0 + 1) })
        let begins = assembly.emissions.filter { $0.0 < NodeID(0) }.map(\.1)
        return [TimeStep(parents: [], emissions: begins, advance: nil)]
            + ids.map { id in
                TimeStep(
                    parents: nodes[id.index].parents.compactMap { positions[$0] },
                    emissions: assembly.emissions.filter { $0.0 == id }.map(\.1), advance: assembly.timeAdvances[id])
            }
    }
}

/// What a source node is in a task: the maker of its queues' receivers.
public struct SourceFactory {
    let make: () throws -> SourceReceiver

    /// A source node that makes its receivers so.
    public init(_ make: @escaping () throws -> SourceReceiver) { self.make = make }
}
