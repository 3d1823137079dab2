internal import MillraceCore

/// Who a group coordinator answers. Called from any thread, under a shard's lock: it must not block, and must not call
/// the broker.
package protocol GroupReplyReceiver: AnyObject, Sendable {
    func put(_ reply: GroupReply)
}

/// Where the answers of group coordinators to one client arrive: some come at once, some when other members have
/// spoken. Filled from any thread, under a shard's lock; emptied by the client's thread, which sleeps on `signal`.
package final class GroupInbox: GroupReplyReceiver {
    private let replies = Monitor<[GroupReply]>([])
    private let signal: any Wakeable

    package init(signal: any Wakeable) { self.signal = signal }

    package func put(_ reply: GroupReply) {
        replies.withLock { $0.append(reply) }
        signal.raise()
    }

    /// Takes out what has arrived, oldest first.
    package func takeAll() -> [GroupReply] {
        replies.withLock { replies in
            defer { replies.removeAll(keepingCapacity: true) }
            return replies
        }
    }
}
