internal import MillraceClient
internal import MillraceCore
internal import MillraceProtocol

/// The way to one leader: whether there is a connection, and the one request that is under way on it. A plain value;
/// pure.
struct LeaderLane {
    enum State {
        /// Can become: connecting.
        case closed
        /// Can become: open, closed.
        case connecting
        /// Can become: closed.
        case open
    }

    /// A request that is not answered.
    struct UnderWay {
        let number: UInt64
        let partitions: [TopicPartition]
        /// Topics are told by id since version 13 (KIP-516).
        let topics: [WireUUID: String]
        /// The broker is given up then.
        let deadline: MonotonicTime
    }

    var address: BrokerAddress
    var state = State.closed
    var underWay: UnderWay?
    /// Nothing is asked before: the broker has to recover, or has said so (KIP-219).
    var notBefore: MonotonicTime?
    /// The place of the partition that goes first in the next request.
    var turn = 0
    private var attempts = 0

    init(_ address: BrokerAddress) { self.address = address }

    mutating func answered() { attempts = 0 }

    mutating func retryLater(_ policy: RetryPolicy, random: UInt64, now: MonotonicTime) {
        attempts += 1
        notBefore = now.advanced(by: policy.delay(afterAttempt: attempts, random: random))
    }
}
