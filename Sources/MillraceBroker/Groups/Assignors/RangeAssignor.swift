import MillraceCore

/// Ranges of each topic's partitions, in the order of instance and member ids. Pure.
///
/// With members a, b, c and two topics of seven partitions each, a gets 0–2 of both, b 3–4 and c 5–6. A member that
/// comes or goes moves the borders of all ranges: that is the price of co-partitioning.
enum RangeAssignor {
    static func assign(_ input: AssignorInput) -> [String: Set<TopicIDPartition>] {
        // Static members first and by their instance: they keep their ranges when they come back under another id.
        let members = input.members.sorted { left, right in
            switch (left.instanceID, right.instanceID) {
            case (let left?, let right?): left < right
            case (_?, nil): true
            case (nil, _?): false
            case (nil, nil): left.id < right.id
            }
        }
        var result = Dictionary(members.map { ($0.id, Set<TopicIDPartition>()) }, uniquingKeysWith: { $1 })
        for (topic, count) in input.partitionCounts {
            let readers = members.filter { $0.topics.contains(topic) }
            guard !readers.isEmpty else { continue }
            let share = Int(count) / readers.count
            let larger = Int(count) % readers.count
            var next: Int32 = 0
            for (place, reader) in readers.enumerated() {
                for _ in 0..<(share + (place < larger ? 1 : 0)) {
                    result[reader.id]?.insert(TopicIDPartition(topic, next))
                    next += 1
                }
            }
        }
        return result
    }
}
