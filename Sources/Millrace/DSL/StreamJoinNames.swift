/// Names of the nodes and stores of a stream–stream join: numbered, or made from the user's, as in Kafka Streams, which
/// spends five numbers either way (SEMANTICS J5, J8). Pure.
@usableFromInline
struct StreamJoinNames {
    @usableFromInline let leftWindowed: String
    @usableFromInline let rightWindowed: String
    @usableFromInline let left: String
    @usableFromInline let right: String
    @usableFromInline let merge: String
    @usableFromInline let leftStore: String
    @usableFromInline let rightStore: String
    /// Of an inner join there is none.
    @usableFromInline let unmatchedStore: String

    @usableFromInline
    init(_ kind: StreamJoinKind, name: String?, storeName: String?, in graph: TopologyGraph) {
        func named(_ ending: String, _ number: String) -> String { name.map { $0 + ending } ?? number }
        let leftEnding = kind.keepsRight ? "-outer-this-join" : "-this-join"
        let rightEnding = kind.keepsLeft ? "-outer-other-join" : "-other-join"
        leftWindowed = named("-this-windowed", graph.newName("KSTREAM-WINDOWED-"))
        rightWindowed = named("-other-windowed", graph.newName("KSTREAM-WINDOWED-"))
        let leftNumber = graph.newName(kind.keepsRight ? "KSTREAM-OUTERTHIS-" : "KSTREAM-JOINTHIS-")
        let rightNumber = graph.newName(kind.keepsLeft ? "KSTREAM-OUTEROTHER-" : "KSTREAM-JOINOTHER-")
        left = named(leftEnding, leftNumber)
        right = named(rightEnding, rightNumber)
        merge = named("-merge", graph.newName("KSTREAM-MERGE-"))
        leftStore = (storeName.map { $0 + leftEnding } ?? leftNumber) + "-store"
        rightStore = (storeName.map { $0 + rightEnding } ?? rightNumber) + "-store"
        let shared = storeName.map { $0 + (kind == .outer ? "-outer-shared-join" : "-left-shared-join") }
        unmatchedStore = (shared ?? graph.newName("KSTREAM-OUTERSHARED-", numberedAs: leftNumber)) + "-store"
    }
}

extension KStream {
    /// The stream through a repartition topic if its key may have changed: one of this name, or one named after its
    /// node that all joins of the stream share.
    @inlinable
    func repartitionedForJoin(_ name: String?, key: AnySerde<Key>?, value: AnySerde<Value>?) -> KStream<Key, Value> {
        guard needsRepartition else { return self }
        let sharedName = name ?? node.name
        if let made = graph.repartitioned(sharedName, from: node, as: KStream<Key, Value>.self) {
            _ = RepartitionNames(sharedName, in: graph)
            return made
        }
        let topic = name ?? graph.newTopicName(positional: node.name)
        let made = throughRepartitionTopic(topic, key: key ?? keySerde, value: value ?? valueSerde)
        graph.remember(made, repartitionedTo: sharedName, from: node)
        return made
    }
}
