public import MillraceStores

/// The topology while it is described: `StreamsBuilder` and the streams made from it add nodes here. It hands out
/// names and numbers in Kafka Streams' order, so that equal programs get equal names (SEMANTICS J5, J8);
/// `GeneratedNames` says how an operator asks for them.
/// No I/O; belongs to the thread that describes.
public final class TopologyGraph {
    let naming: TopologyNaming
    let optimization: TopologyOptimization
    let requiresExplicitNames: Bool
    private(set) var generated = GeneratedNames()
    private(set) var nodes: [GraphNode] = []
    private(set) var stores: [String: StoreSpecification] = [:]
    /// Names of the stores of `addStateStore`.
    private(set) var userStores: Set<String> = []
    private(set) var repartitionTopics: [RepartitionTopic] = []
    private(set) var copartitioned: [(node: String, sources: [GraphNode])] = []
    private var named: [String: (parent: GraphNode, stream: Any)] = [:]
    /// Mistakes found while describing; `build` throws the first.
    private(set) var errors: [TopologyError] = []

    init(
        naming: TopologyNaming = .structural, optimization: TopologyOptimization = .all,
        requiresExplicitNames: Bool = false
    ) {
        self.naming = naming
        self.optimization = optimization
        self.requiresExplicitNames = requiresExplicitNames
    }

    // MARK: Names

    /// `prefix` and the next number in ten digits.
    @usableFromInline
    func newName(_ prefix: String) -> String { generated.next(prefix) }

    /// `prefix` with the number of a name that was given out.
    @usableFromInline
    func newName(_ prefix: String, numberedAs name: String) -> String { generated.next(prefix, numberedAs: name) }

    @usableFromInline
    func newStoreName(_ prefix: String) -> String { newName(prefix + "STATE-STORE-") }

    /// A name for a repartition topic that the user gave none, where Kafka Streams calls it by a node above.
    @usableFromInline
    func newTopicName(positional name: String) -> String {
        naming == .kafkaStreams || generated.contains(name) ? name : generated.nextTopic()
    }

    /// Whether the name was made up.
    @usableFromInline
    func isGenerated(_ name: String) -> Bool { generated.contains(name) }

    // MARK: Parts

    @usableFromInline
    func addNode(
        _ name: String, _ kind: TopologyNode.Kind = .processor, parents: [GraphNode], stores: [String] = [],
        assemble: @escaping @Sendable (NodeAssembly) throws -> Any
    ) -> GraphNode {
        if nodes.contains(where: { $0.name == name }) { errors.append(.duplicateName(name)) }
        let node = GraphNode(name: name, kind: kind, parents: parents, stores: stores, assemble: assemble)
        nodes.append(node)
        return node
    }

    @usableFromInline
    func addStore(_ specification: StoreSpecification) {
        if stores[specification.name] != nil { errors.append(.duplicateStore(specification.name)) }
        stores[specification.name] = specification
    }

    /// A store that belongs to processors.
    func addUserStore(_ specification: StoreSpecification) {
        addStore(specification)
        userStores.insert(specification.name)
    }

    /// - Parameters:
    ///   - serdes: of key and value, where the topic may be merged with others fed from the same node.
    ///   - role: what a topic is for that is not a plain repartitioning, as a part of its structural name.
    @usableFromInline
    func addRepartitionTopic(
        _ name: String, partitionCount: Int32?, source: GraphNode,
        mergeable serdes: (key: SerdeIdentity, value: SerdeIdentity)? = nil, role: String? = nil
    ) {
        repartitionTopics.append(
            RepartitionTopic(
                name: name, partitionCount: partitionCount, source: source,
                mergeableSerdes: serdes.map { RepartitionSerdes(key: $0.key, value: $0.value) }, role: role))
    }

    /// A topic between the sides of a foreign-key join, of which the source is copartitioned with the table it joins.
    @usableFromInline
    func addSubscriptionTopic(_ name: String, source: GraphNode, role: String) {
        repartitionTopics.append(
            RepartitionTopic(name: name, partitionCount: nil, source: source, mergeableSerdes: nil, role: role))
    }

    /// The stream that came out of a named repartition topic, for the next aggregation of the same grouping.
    @usableFromInline
    func repartitioned<Stream>(_ topic: String, from parent: GraphNode, as type: Stream.Type) -> Stream? {
        guard let (source, stream) = named[topic], source === parent else { return nil }
        return stream as? Stream
    }

    @usableFromInline
    func remember(_ stream: Any, repartitionedTo topic: String, from parent: GraphNode) {
        named[topic] = (parent, stream)
    }

    /// Says that `node` needs the topics of these sources to be partitioned alike.
    @usableFromInline
    func copartition(_ sources: [GraphNode], for node: String) { copartitioned.append((node, sources)) }

    @usableFromInline
    func fail(_ error: TopologyError) { errors.append(error) }
}

/// A node of the graph that is still being described.
public final class GraphNode {
    @usableFromInline let name: String
    let kind: TopologyNode.Kind
    var parents: [GraphNode]
    /// Nodes of which this one takes the side output, not the records that they forward.
    @usableFromInline var sideParents: [GraphNode] = []
    /// Has nothing to do but with a side output: `build` refuses it where nobody gives it one.
    @usableFromInline var takesSideOutput = false
    @usableFromInline var stores: [String]
    /// What tables need to know at the end; set by those downstream of them.
    @usableFromInline var table = TableTraits()
    /// A source whose records update a table.
    @usableFromInline var feedsTable = false
    /// The source and the store of a global table.
    @usableFromInline var isGlobal = false
    /// For sources made by `StreamsBuilder.stream`, which can be merged.
    @usableFromInline var stream: StreamSourceTraits?
    /// For windowed aggregations: when their windows change no more.
    @usableFromInline var windowClosing: WindowClosing?
    /// A filter in front of a repartition topic that drops null keys.
    var isNullKeyFilter = false
    /// Gives records other keys.
    @usableFromInline var changesKey = false
    /// Forwards records as they came, or not at all.
    @usableFromInline var passesRecords = false
    /// Makes a table of what comes in, which has a store as soon as somebody needs one.
    @usableFromInline var makesTable = false
    /// For a table of a topic: how its store can be restored from the topic itself.
    @usableFromInline var sourceChangelog: SourceChangelog?
    /// Wants to see null keys: a left join with a table (KIP-962).
    @usableFromInline var acceptsNullKeys = false
    let assemble: @Sendable (NodeAssembly) throws -> Any

    init(
        name: String, kind: TopologyNode.Kind, parents: [GraphNode], stores: [String],
        assemble: @escaping @Sendable (NodeAssembly) throws -> Any
    ) {
        self.name = name
        self.kind = kind
        self.parents = parents
        self.stores = stores
        self.assemble = assemble
    }

    /// The table's changes are to carry old values.
    @usableFromInline
    func sendOldValues() { table.sendsOldValues = true }

    /// The table's changes are to carry old values where they spare tombstones for rows that never existed.
    @usableFromInline
    func wantOldValues() { table.wantsOldValues = true }

    /// The table is computed from its parents' changes, and has old values if they do.
    @usableFromInline
    func passOldValues() { table.passesOldValues = true }

    @usableFromInline
    func keepTable(in store: String) { table.storeName = store }

    /// A node behind this one forwards what waits for a commit.
    @usableFromInline
    func leaveCoalescingBehind() { table.isCoalescedBehind = true }

    @usableFromInline
    func connect(to store: String) {
        if !stores.contains(store) { stores.append(store) }
    }
}

struct RepartitionTopic {
    let name: String
    let partitionCount: Int32?
    let source: GraphNode
    /// Nil where the topic must stay a topic of its own.
    let mergeableSerdes: RepartitionSerdes?
    let role: String?

    /// As its source reads it.
    var reference: TopicReference {
        source.kind.sourceTopics.first { $0.repartitionName == name } ?? .repartition(name)
    }
}
