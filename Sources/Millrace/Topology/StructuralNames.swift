internal import MillraceStores

/// Names that follow from the structure of a program rather than from the order of its calls (SEMANTICS J5): for each
/// store, repartition topic and stateful node that was given none. Pure; called by `build`.
///
/// A node's *lineage* says what leads to it, up to the source topics: `lines` below the topic of that name, `-rekeyed`
/// after changes of the key, `-table`, `-windows` … after a step that keeps state. Steps that do neither leave it as it
/// is, and so do names that the program gives. A store is called by the lineage above its node and what the node does,
/// a repartition topic by the lineage of what is sent through it. Where two come to the same name, the one described
/// later gets a number.
struct StructuralNames {
    /// Final names by the names that the graph gave out.
    private(set) var stores: [String: String] = [:]
    private(set) var topics: [String: String] = [:]
    /// Names for what nodes with stores commit beside their stores, by the nodes' own.
    private(set) var nodes: [String: String] = [:]
    /// The names that stores and topics would have if nothing were given and nothing the same, by what they are called.
    private(set) var storeStructures: [String: String] = [:]
    private(set) var topicStructures: [String: String] = [:]

    private let draft: GraphDraft
    private let generated: GeneratedNames
    private let specifications: [String: StoreSpecification]
    /// The node that keeps its state in a store, by store; those of `addStateStore` belong to nobody.
    private var owners: [String: GraphNode] = [:]
    private var owned: [ObjectIdentifier: String] = [:]
    private var lineages: [ObjectIdentifier: String] = [:]

    init(
        of draft: GraphDraft, stores specifications: [String: StoreSpecification], ownedByUser: Set<String>,
        generated: GeneratedNames
    ) {
        self.draft = draft
        self.generated = generated
        self.specifications = specifications
        for node in draft.nodes {
            for store in node.stores where !ownedByUser.contains(store) {
                if owners[store] == nil || node.table.storeName == store && owners[store]?.table.storeName != store {
                    owners[store] = node
                }
            }
        }
        for node in draft.nodes {
            for store in node.stores where owners[store] === node && owned[ObjectIdentifier(node)] == nil {
                owned[ObjectIdentifier(node)] = store
            }
        }
        nameTopics()
        nameStores()
        nameNodes()
    }

    // MARK: Names

    private mutating func nameTopics() {
        var taken = Set(draft.repartitionTopics.map(\.name).filter { !generated.contains($0) })
        for topic in draft.repartitionTopics {
            let lineage = lineage(ofTopic: topic.name)
            let name = StructuralNames.bounded(topic.role.map { "\(lineage)-\($0)" } ?? lineage)
            topicStructures[topic.name] = name
            if generated.contains(topic.name) { topics[topic.name] = StructuralNames.unique(name, &taken) }
        }
    }

    private mutating func nameStores() {
        var taken = Set(specifications.keys.filter { !generated.contains($0) })
        for node in draft.nodes {
            for store in node.stores where storeStructures[store] == nil {
                guard owners[store] === node else {
                    if owners[store] == nil { storeStructures[store] = "\(above(node))-processor" }
                    continue
                }
                let word = generated.word(of: store) ?? generated.word(of: node.name) ?? "state"
                let kind = kindWord(of: store)
                let step = kind == "table" ? word : "\(word)-\(kind)"
                let isTable = node.makesTable || node.isGlobal
                let name = StructuralNames.bounded("\(above(node))-\(isTable ? "table" : step)")
                storeStructures[store] = name
                if generated.contains(store) { stores[store] = StructuralNames.unique(name, &taken) }
            }
        }
    }

    private mutating func nameNodes() {
        var taken = Set(draft.nodes.map(\.name))
        for node in draft.nodes where !node.stores.isEmpty {
            guard let word = generated.word(of: node.name) else { continue }
            nodes[node.name] = StructuralNames.unique(StructuralNames.bounded("\(above(node))-\(word)"), &taken)
        }
    }

    private static func unique(_ name: String, _ taken: inout Set<String>) -> String {
        if taken.insert(name).inserted { return name }
        var number = 2
        while !taken.insert("\(name)-\(number)").inserted { number += 1 }
        return "\(name)-\(number)"
    }

    // MARK: Lineage

    private mutating func lineage(of node: GraphNode) -> String {
        if let known = lineages[ObjectIdentifier(node)] { return known }
        // A circle through repartition topics would ask for itself.
        lineages[ObjectIdentifier(node)] = "loop"
        let found = StructuralNames.bounded(derivedLineage(of: node))
        lineages[ObjectIdentifier(node)] = found
        return found
    }

    private mutating func derivedLineage(of node: GraphNode) -> String {
        let topics = node.kind.sourceTopics
        if !topics.isEmpty {
            let names = topics.map { topic -> String in
                switch topic {
                case .external(let name): name
                case .repartition(let name), .subscription(let name), .changelog(let name): lineage(ofTopic: name)
                }
            }
            return StructuralNames.joined(names)
        }
        let above = above(node)
        if node.changesKey { return above.hasSuffix("-rekeyed") ? above : above + "-rekeyed" }
        if node.makesTable || node.isGlobal { return above + "-table" }
        if let store = owned[ObjectIdentifier(node)] { return "\(above)-\(kindWord(of: store))" }
        return above
    }

    private mutating func above(_ node: GraphNode) -> String {
        let parents = draft.parents(of: node)
        if parents.isEmpty, let side = draft.sideParents(of: node).first { return above(side) + "-late" }
        return StructuralNames.joined(parents.map { lineage(of: $0) })
    }

    private mutating func lineage(ofTopic name: String) -> String {
        let sinks = draft.nodes.filter {
            if case .sink(let topic?) = $0.kind { topic.repartitionName == name } else { false }
        }
        return StructuralNames.joined(sinks.map { lineage(of: $0) })
    }

    /// `table` for key-value stores, else what the kind is called.
    private func kindWord(of store: String) -> String {
        guard let kind = specifications[store]?.kind, kind != .keyValue else { return "table" }
        let text = String(String(describing: kind).prefix { $0 != "(" })
        return text == "window" ? "windows" : text.lowercased()
    }

    // MARK: Text

    /// Several lineages as one; equal ones count once.
    private static func joined(_ names: [String]) -> String { Set(names).sorted().joined(separator: "_") }

    /// Topic names may have 249 bytes, of which the application's id and the topic's kind take their part.
    static let maximumByteCount = 96

    /// Cuts the middle out of a long name and puts a hash of the whole in its place.
    static func bounded(_ name: String) -> String {
        guard name.utf8.count > maximumByteCount else { return name }
        // FNV-1a.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        let middle = String(repeating: "0", count: 16 - digits.count) + digits
        return "\(name.prefix(44))-\(middle)-\(name.suffix(34))"
    }
}
