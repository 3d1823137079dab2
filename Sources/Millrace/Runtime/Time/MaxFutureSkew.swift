public import MillraceCore

/// What to do about records whose timestamps lie far in the future (SEMANTICS A4). Pure.
///
/// Stream time is the largest timestamp seen. One record from a device with a wrong clock closes the windows of all
/// keys of its partition, for good: everything that follows is late. A limit keeps such records out.
///
///     StreamsConfiguration(…, maxFutureSkew: .reject(beyond: .seconds(600)))
///
/// It looks at the timestamps that extractors give to records of external topics, and compares them with the wall clock
/// as it was when the record was fetched. There is none unless one is set: with it results depend on when records are
/// read, and a replay on a machine whose clock is wrong would drop everything.
public struct MaxFutureSkew: Hashable, Sendable {
    enum Reaction: Hashable {
        case reject
        case deadLetter(topic: String)
        case clamp
    }
    let milliseconds: Int64
    let reaction: Reaction

    /// Drops records that are more than `skew` ahead of the wall clock, and counts them as `DropReason.future`.
    public static func reject(beyond skew: Duration) -> MaxFutureSkew { MaxFutureSkew(skew, .reject) }

    /// The same, and writes them to `topic` as they came, with the reason in headers, in the same transaction.
    public static func deadLetter(topic: String, beyond skew: Duration) -> MaxFutureSkew {
        MaxFutureSkew(skew, .deadLetter(topic: topic))
    }

    /// Takes records that are more than `skew` ahead of the wall clock as if they were just so far ahead.
    public static func clamp(to skew: Duration) -> MaxFutureSkew { MaxFutureSkew(skew, .clamp) }

    private init(_ skew: Duration, _ reaction: Reaction) {
        milliseconds = skew.wholeMilliseconds
        self.reaction = reaction
    }
}

/// A record's timestamp is further in the future than `MaxFutureSkew` allows.
public struct FutureTimestamp: Error, Hashable, Sendable, CustomStringConvertible {
    /// The record's timestamp.
    public let timestamp: Timestamp
    /// The latest timestamp that would have been taken.
    public let latest: Timestamp

    init(_ timestamp: Timestamp, latest: Timestamp) {
        self.timestamp = timestamp
        self.latest = latest
    }

    public var description: String {
        "the record's timestamp is \(timestamp.millisecondsSinceEpoch); at most \(latest.millisecondsSinceEpoch) is "
            + "taken, the wall clock plus maxFutureSkew"
    }
}

extension TaskContext {
    /// The time of a record that lies beyond `latestTimestamp`; nil where it is dropped.
    @usableFromInline
    func handleFuture(_ timestamp: Timestamp, node: String) throws -> Timestamp? {
        let latest = latestTimestamp
        switch maxFutureSkew?.reaction {
        case nil: return timestamp
        case .clamp: return latest
        case .reject: metrics.node(node).drop(.future)
        case .deadLetter(let topic):
            metrics.node(node).drop(.future)
            let error = FutureTimestamp(timestamp, latest: latest)
            try writeDeadLetter(to: topic, FailedRecord(source: source, taskID: taskID, node: node, error: error))
        }
        return nil
    }
}
