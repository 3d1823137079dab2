import MillraceCore

/// Even shares with few moves. Pure.
///
/// Where all members read the same topics, their shares differ by at most one partition, and who had no more than its
/// share keeps all of it. Where they do not, no single move would make the shares more even: no member has two
/// partitions more than another one that reads a topic of which it has some.
enum UniformAssignor {
    static func assign(_ input: AssignorInput) -> [String: Set<TopicIDPartition>] {
        var shares = Shares(input)
        shares.keepWhatIsValid(input)
        if shares.isHomogeneous { shares.trimToQuota() }
        shares.giveOutTheRest(input)
        if !shares.isHomogeneous { shares.even() }
        return shares.result
    }

    /// The work in progress. Members are numbers here, in the order of their ids; every loop goes in that order, so
    /// that equal inputs give equal results.
    private struct Shares {
        let ids: [String]
        let topics: [Set<TopicID>]
        /// By topic: who reads it, ascending.
        let readers: [TopicID: [Int]]
        let isHomogeneous: Bool
        let partitionTotal: Int
        /// By member, by topic.
        var owned: [[TopicID: Set<Int32>]]
        var load: [Int]
        var taken: Set<TopicIDPartition> = []

        init(_ input: AssignorInput) {
            let members = input.members.sorted { $0.id < $1.id }
            ids = members.map(\.id)
            topics = members.map { $0.topics.filter { input.partitionCounts[$0] != nil } }
            var readers: [TopicID: [Int]] = [:]
            for (member, topics) in topics.enumerated() {
                for topic in topics { readers[topic, default: []].append(member) }
            }
            self.readers = readers
            let first = topics.first ?? []
            isHomogeneous = topics.allSatisfy { $0 == first }
            partitionTotal = readers.keys.reduce(0) { $0 + Int(input.partitionCounts[$1] ?? 0) }
            owned = Array(repeating: [:], count: ids.count)
            load = Array(repeating: 0, count: ids.count)
        }

        var result: [String: Set<TopicIDPartition>] {
            var result: [String: Set<TopicIDPartition>] = [:]
            for (member, id) in ids.enumerated() {
                var partitions: Set<TopicIDPartition> = []
                for (topic, numbers) in owned[member] {
                    for number in numbers { partitions.insert(TopicIDPartition(topic, number)) }
                }
                result[id] = partitions
            }
            return result
        }

        private mutating func give(_ partition: TopicIDPartition, to member: Int) {
            owned[member][partition.topic, default: []].insert(partition.partition)
            load[member] += 1
            taken.insert(partition)
        }

        private mutating func take(_ partition: TopicIDPartition, from member: Int) {
            owned[member][partition.topic]?.remove(partition.partition)
            if owned[member][partition.topic]?.isEmpty == true { owned[member][partition.topic] = nil }
            load[member] -= 1
            taken.remove(partition)
        }

        mutating func keepWhatIsValid(_ input: AssignorInput) {
            let currents = Dictionary(input.members.map { ($0.id, $0.current) }, uniquingKeysWith: { $1 })
            for (member, id) in ids.enumerated() {
                for partition in (currents[id] ?? []).sorted() where topics[member].contains(partition.topic) {
                    let count = input.partitionCounts[partition.topic] ?? 0
                    guard (0..<count).contains(partition.partition), !taken.contains(partition) else { continue }
                    give(partition, to: member)
                }
            }
        }

        /// Everybody may have the smaller share, and the first of those with more one partition on top.
        mutating func trimToQuota() {
            guard !ids.isEmpty else { return }
            let share = partitionTotal / ids.count
            var larger = partitionTotal % ids.count
            for member in ids.indices where load[member] > share {
                let quota = larger > 0 ? share + 1 : share
                if quota > share { larger -= 1 }
                while load[member] > quota, let last = last(of: member) { take(last, from: member) }
            }
        }

        private func last(of member: Int) -> TopicIDPartition? {
            guard let topic = owned[member].keys.max(), let number = owned[member][topic]?.max() else { return nil }
            return TopicIDPartition(topic, number)
        }

        /// To the least loaded reader each, topics with few readers first: those have the least choice.
        mutating func giveOutTheRest(_ input: AssignorInput) {
            let order = readers.sorted { ($0.value.count, $0.key) < ($1.value.count, $1.key) }
            for (topic, readers) in order {
                for number in 0..<(input.partitionCounts[topic] ?? 0) {
                    let partition = TopicIDPartition(topic, number)
                    guard !taken.contains(partition), let member = leastLoaded(readers) else { continue }
                    give(partition, to: member)
                }
            }
        }

        private func leastLoaded(_ members: [Int]) -> Int? {
            members.min { (load[$0], $0) < (load[$1], $1) }
        }

        /// Moves single partitions while that makes two shares more even. Each move lowers the sum of the squares of
        /// all shares, so it ends.
        mutating func even() {
            var moved = true
            while moved {
                moved = false
                for member in ids.indices.sorted(by: { (load[$1], $0) < (load[$0], $1) }) {
                    while let (partition, other) = improvement(for: member) {
                        take(partition, from: member)
                        give(partition, to: other)
                        moved = true
                    }
                }
            }
        }

        private func improvement(for member: Int) -> (TopicIDPartition, Int)? {
            guard load[member] > 1 else { return nil }
            var best: (topic: TopicID, other: Int)?
            for topic in owned[member].keys.sorted() {
                guard let other = leastLoaded(readers[topic] ?? []), load[other] + 1 < load[member] else { continue }
                if best.map({ load[other] < load[$0.other] }) ?? true { best = (topic, other) }
            }
            guard let best, let number = owned[member][best.topic]?.max() else { return nil }
            return (TopicIDPartition(best.topic, number), best.other)
        }
    }
}
