internal import MillraceClient
internal import MillraceCore

/// Where positions are to be moved. Pure.
enum OffsetTarget: Hashable, Sendable {
    case earliest
    case latest
    case offset(Int64)
    case time(Timestamp)
    /// So many records forth, or back where negative.
    case shift(Int64)
    /// So long before now.
    case duration(Duration)

    /// What to ask of the log; nil where the position itself decides.
    func query(now: Timestamp) -> OffsetQuery? {
        switch self {
        case .earliest: .earliest
        case .latest: .latest
        case .time(let time): .at(time)
        case .duration(let duration): .at(now.advanced(byMilliseconds: -duration.wholeMilliseconds))
        case .offset, .shift: nil
        }
    }

    /// The new position, kept within the log. Behind the last record where none is late enough.
    ///
    /// - Parameters:
    ///   - current: the committed position; nil where there is none.
    ///   - found: what the log answered to `query`.
    func position(current: Int64?, found: Int64?, first: Int64, end: Int64) -> Int64? {
        let wanted: Int64
        switch self {
        case .earliest: wanted = first
        case .latest: wanted = end
        case .offset(let offset): wanted = offset
        case .time, .duration: wanted = found ?? end
        case .shift(let count):
            // Without a position there is nothing to shift.
            guard let current else { return nil }
            let (sum, overflow) = current.addingReportingOverflow(count)
            wanted = overflow ? (count < 0 ? first : end) : sum
        }
        return min(max(wanted, first), end)
    }
}

/// What is to be done to positions: shown first, done with `--execute`.
struct OffsetPlan {
    struct Step: Hashable {
        var partition: TopicPartition
        var from: Int64?
        /// Nil where nothing can be said.
        var to: Int64?
    }
    var steps: [Step]

    init(_ steps: [Step]) { self.steps = steps }

    /// Asks the cluster what moving these partitions of a group to `target` comes to.
    init(
        _ target: OffsetTarget, of group: String, _ partitions: [TopicPartition], _ client: ClusterClient,
        now: Timestamp
    ) throws {
        let current = try client.committed(by: group)
        func all(_ query: OffsetQuery) -> [TopicPartition: OffsetQuery] {
            Dictionary(uniqueKeysWithValues: partitions.map { ($0, query) })
        }
        let first = try client.offsets(all(.earliest))
        let end = try client.offsets(all(.latest))
        let found = try target.query(now: now).map { try client.offsets(all($0)) } ?? [:]
        steps = partitions.map {
            Step(
                partition: $0, from: current[$0]?.offset,
                to: target.position(
                    current: current[$0]?.offset, found: found[$0], first: first[$0] ?? 0, end: end[$0] ?? 0))
        }
    }

    var changes: [TopicPartition: Int64] {
        Dictionary(uniqueKeysWithValues: steps.compactMap { step in step.to.map { (step.partition, $0) } })
    }

    var table: Table {
        var table = Table("TOPIC", "PARTITION", "NOW", "NEW")
        for step in steps {
            table.append(
                step.partition.topic, "\(step.partition.partition)", step.from.map { "\($0)" } ?? "",
                step.to.map { "\($0)" } ?? "")
        }
        return table
    }

    var json: JSON {
        .array(
            steps.map {
                [
                    "topic": JSON($0.partition.topic), "partition": JSON($0.partition.partition),
                    "from": JSON($0.from), "to": JSON($0.to),
                ]
            })
    }
}
