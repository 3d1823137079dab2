import MillraceStores

/// Number of a node in its topology, in the order in which nodes were added. Children have higher numbers than the
/// parents they were added under.
public struct NodeID: Hashable, Comparable, Sendable {
    /// Its place among the nodes.
    public let index: Int

    /// The number of the node at this place.
    public init(_ index: Int) { self.index = index }

    public static func < (left: NodeID, right: NodeID) -> Bool { left.index < right.index }
}

/// One node of the plan: what it is called, how it hangs together, and how a task makes its own copy of it.
public struct TopologyNode: Sendable {
    /// What a node does at the edge of the topology.
    public enum Kind: Sendable {
        /// It reads topics.
        case source([TopicReference])
        /// It is inside.
        case processor
        /// Nil where the topic is chosen record by record.
        case sink(TopicReference?)
    }

    /// Its number.
    public let id: NodeID
    /// Unique in the topology.
    public let name: String
    /// What the node's own state is called, apart from its stores (the time it has seen): stable where the naming is.
    public let stateName: String
    /// What it does at the edge of the topology.
    public let kind: Kind
    /// The nodes above it.
    public let parents: [NodeID]
    /// In the order in which records are forwarded to them.
    public internal(set) var children: [NodeID]
    /// Those of the children that take the node's side output: what it drops, say (`windowed.late`).
    public internal(set) var sideChildren: [NodeID] = []
    /// Names of the stores that the node reads or writes.
    public internal(set) var stores: [String]
    /// Whether a source's records update a table.
    public let feedsTable: Bool
    /// Whether the node keeps a global table: it runs once an instance, in no task.
    public let isGlobal: Bool
    /// For nodes that make a table.
    public internal(set) var table = TableTraits()
    /// Makes the node's part in a task: for a source a `SourceReceiver`, for all others a `Receiver<Key, Value>` of the
    /// node's input types. Called once a task, children before parents.
    let assemble: @Sendable (NodeAssembly) throws -> Any
}

/// What those downstream of a table node have asked of it.
public struct TableTraits: Hashable, Sendable {
    /// Whether changes carry the old value.
    public internal(set) var sendsOldValues = false
    /// The store that holds the table; nil where its values are computed from its parent's.
    public internal(set) var storeName: String?
    /// Whether changes carry the old value where `Semantics` spare needless tombstones (G1, H1).
    var sendsOldValuesToSpareTombstones = false
    /// Whether tables downstream spare tombstones with these old values.
    var sparesTombstonesBelow = false
    /// What old values are for.
    @usableFromInline var oldValueUse = OldValueUse.none
    /// Whether old values would spare needless tombstones here, and whether the node has them if its parents do.
    var wantsOldValues = false
    var passesOldValues = false
    /// Whether a node behind this one forwards what waits for a commit, for several that share a store.
    public internal(set) var isCoalescedBehind = false
}

/// What the old values of a table's changes are for.
@usableFromInline
enum OldValueUse: Hashable, Sendable {
    /// Nothing: they need not be known.
    case none
    /// The node itself spares tombstones with those that it gets; it need not send any.
    case own
    /// Tables downstream spare tombstones with them: good to have.
    case sparing
    /// A step downstream computes with them.
    case results
}

extension TopologyNode.Kind {
    var sourceTopics: [TopicReference] {
        if case .source(let topics) = self { topics } else { [] }
    }
}

/// What a node is made from in one task. Lives only while the task's operators are put together.
public final class NodeAssembly {
    /// What all operators of the task share.
    public let context: TaskContext
    /// The node being made.
    public internal(set) var node: TopologyNode
    /// What the nodes made so far are, by number.
    var assembled: [NodeID: Any] = [:]
    var names: [NodeID: String] = [:]
    private var parts: [String: Any] = [:]
    /// The task's stores by name.
    let stores: [String: any StateStore]
    private let finalNames: FinalNames
    /// The stores of global tables, which any node may read.
    var globalStores: [String: any StateStore] = [:]
    /// By store: whether its changes wait for the commit.
    private var heldChanges: [String: HeldChanges] = [:]
    /// Called before each commit in node order: operators that coalesce forward what has changed.
    var emissions: [(NodeID, () throws -> Void)] = []
    /// Called before each commit, before any emission.
    var emissionBegins: [() -> Void] = []
    /// Called once when the task starts, parents before children, and when it closes.
    var starts: [(NodeID, () throws -> Void)] = []
    var userStarts: [(NodeID, () throws -> Void)] = []
    var closes: [(NodeID, () -> Void)] = []
    /// Called where time moves on without a record.
    var timeAdvances: [NodeID: (Timestamp) throws -> Timestamp] = [:]

    init(context: TaskContext, node: TopologyNode, stores: [String: any StateStore], finalNames: FinalNames) {
        self.context = context
        self.node = node
        self.stores = stores
        self.finalNames = finalNames
    }

    /// The full name of a topic that the node was made with.
    public func topicName(_ reference: TopicReference) -> String {
        finalNames.topic(reference).name(applicationID: context.applicationID)
    }

    /// Whether the node, a source, reads a topic that the application itself writes.
    @usableFromInline var readsInternalTopic: Bool { node.kind.sourceTopics.contains(where: \.isInternal) }

    /// What is counted of the node.
    public var metrics: NodeMetrics { context.metrics.node(node.name) }

    /// Where the node forwards to: all of its children but those of its side output, in order.
    public func downstream<Key, Value>(
        _ key: Key.Type = Key.self, _ value: Value.Type = Value.self
    ) throws -> Receiver<Key, Value> {
        .all(try downstreams())
    }

    /// The node's children, one by one in order.
    public func downstreams<Key, Value>(
        _ key: Key.Type = Key.self, _ value: Value.Type = Value.self
    ) throws -> [Receiver<Key, Value>] {
        try mainChildren.map { try receiver(of: $0) }
    }

    /// The node's children with their names, for `ProcessorContext.forward(_:to:)`.
    public func namedDownstreams<Key, Value>(
        _ key: Key.Type = Key.self, _ value: Value.Type = Value.self
    ) throws -> [(name: String, receiver: Receiver<Key, Value>)] {
        try mainChildren.map { (names[$0] ?? "", try receiver(of: $0)) }
    }

    private var mainChildren: [NodeID] { node.children.filter { !node.sideChildren.contains($0) } }

    /// Where the node's side output goes to; nil where nobody takes it. Its records have types of their own.
    public func sideOutput<Key, Value>(
        _ key: Key.Type = Key.self, _ value: Value.Type = Value.self
    ) throws -> Receiver<Key, Value>? {
        if node.sideChildren.isEmpty { return nil }
        return .all(try node.sideChildren.map { try receiver(of: $0) })
    }

    private func receiver<Key, Value>(of id: NodeID) throws -> Receiver<Key, Value> {
        guard let receiver = assembled[id] as? Receiver<Key, Value> else {
            throw TopologyError.typeMismatch(
                node: node.name, expected: "Receiver<\(Key.self), \(Value.self)>",
                found: assembled[id].map { "\(type(of: $0))" } ?? "nothing")
        }
        return receiver
    }

    /// What several nodes of one operator share in a task: made by the first that asks.
    ///
    /// - Parameter name: unique among the operators of the topology.
    @usableFromInline
    func shared<Part>(_ name: String, _ make: () throws -> Part) throws -> Part {
        if let part = parts[name] as? Part { return part }
        let part = try make()
        parts[name] = part
        return part
    }

    /// The task's store of this name.
    public func store<Store>(_ name: String, as type: Store.Type = Store.self) throws -> Store {
        let name = finalNames.store(name)
        guard let store = stores[name] else { throw TopologyError.unknownStore(node: node.name, store: name) }
        guard let typed = store as? Store else {
            throw TopologyError.typeMismatch(
                node: node.name, expected: "\(Store.self)", found: "store \(name) of type \(Swift.type(of: store))")
        }
        return typed
    }

    /// Called before each commit, before any operator forwards what has changed.
    func beforeEmissions(_ begin: @escaping () -> Void) { emissionBegins.append(begin) }

    /// Whether changes of the store of this final name wait for the commit: the same for the table and its readers.
    @usableFromInline
    func heldChanges(of store: String) -> HeldChanges {
        if let made = heldChanges[store] { return made }
        let made = HeldChanges()
        heldChanges[store] = made
        return made
    }

    /// Called once all changes that waited for a commit have gone downstream.
    var endOfEmissions: () -> Void {
        let held = heldChanges.values.filter(\.waitsForCommit)
        return { for changes in held { changes.areHeld = true } }
    }
    /// Has `emit` called before each commit, after those of the nodes above.
    public func beforeCommit(_ emit: @escaping () throws -> Void) { emissions.append((node.id, emit)) }
    /// Has `start` called once the stores are restored, after those of the nodes above.
    public func onStart(_ start: @escaping () throws -> Void) { starts.append((node.id, start)) }
    /// Called once when the task starts, when all that `onStart` asked for is done: for user code, which may forward to
    /// operators that have to know by then what they have in their stores.
    @usableFromInline
    func onReady(_ start: @escaping () throws -> Void) { userStarts.append((node.id, start)) }
    /// Has `close` called when the task closes.
    public func onClose(_ close: @escaping () -> Void) { closes.append((node.id, close)) }
}
