internal import MillraceClient
internal import MillraceCore

/// A topic, or some of its partitions: `lines`, `lines:0,2`. Pure; `partitions(of:)` asks the cluster.
struct TopicSelection: Hashable, Sendable {
    var topic: String
    /// Nil for all.
    var partitions: [Int32]?

    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, ValueKind<String>.isTopicName(String(parts[0])) else { return nil }
        topic = String(parts[0])
        guard parts.count == 2 else { return }
        var numbers: [Int32] = []
        for part in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
            guard let number = Int32(part), number >= 0 else { return nil }
            numbers.append(number)
        }
        partitions = numbers
    }

    /// Every partition that is selected, in order.
    static func partitions(of selections: [TopicSelection], _ client: ClusterClient) throws -> [TopicPartition] {
        var found: Set<TopicPartition> = []
        for topic in try client.topics(Set(selections.map(\.topic)).sorted()) {
            let there = Set(topic.partitions.map(\.number))
            for selection in selections where selection.topic == topic.name {
                let wanted = selection.partitions ?? there.sorted()
                if let missing = wanted.first(where: { !there.contains($0) }) {
                    throw CommandFailure(
                        "topic \(topic.name) has \(there.count) partitions; there is none with the number \(missing)")
                }
                found.formUnion(wanted.map { TopicPartition(topic.name, $0) })
            }
        }
        return found.sorted()
    }
}

extension ValueKind where Value == TopicSelection {
    static let partitions = ValueKind("a topic, or topic:partition,partition …") { TopicSelection($0) }
}
