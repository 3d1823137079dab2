package import MillraceCore

/// Names a caller that waits for an answer. The broker makes them up; the coordinator only hands them back.
package struct ReplyToken: Hashable, Sendable {
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// The two clocks at one moment: the wall for what is written down, the monotonic one for deadlines.
package struct CoordinatorTime: Hashable, Sendable {
    package var wall: Timestamp
    package var monotonic: MonotonicTime

    package init(wall: Timestamp, monotonic: MonotonicTime) {
        self.wall = wall
        self.monotonic = monotonic
    }
}

/// An answer that is due: `response` goes to the caller behind `token`.
package struct GroupReply: Hashable, Sendable {
    package var token: ReplyToken
    package var response: GroupResponse

    package init(token: ReplyToken, response: GroupResponse) {
        self.token = token
        self.response = response
    }
}

/// What a coordinator decided: first append `entries` to the log, in this order and in one batch; then give each of
/// them to `apply`; then send `replies`. Where the append fails, give the decision to `notLogged` and send what that
/// returns. Nothing else may be asked of the coordinator in between.
///
/// A decision may answer other callers than the one that asked, and may answer nobody yet.
package struct GroupDecision: Hashable, Sendable {
    package var entries: [GroupLogEntry] = []
    /// Entries of an offset commit in a transaction are appended in a transactional batch of this producer.
    package var producer: ProducerIdentity?
    package var replies: [GroupReply] = []

    package init() {}

    mutating func reply(_ token: ReplyToken, _ response: GroupResponse) {
        replies.append(GroupReply(token: token, response: response))
    }
}
