package import MillraceCore
package import MillraceProtocol

/// Why a client did not get what it asked for.
package enum ClientError: Error, Hashable, Sendable {
    /// No connection could be made, or it broke: to whom, and why.
    case unreachable(String, reason: String)
    /// No answer in time; names what was waited for.
    case timedOut(String)
    /// The broker does not know us, or we do not trust it.
    case authentication(String)
    /// The broker answered with an error; `subject` says about what, `message` is the broker's, where it has one.
    case refused(KafkaErrorCode, subject: String, message: String?)
    /// The broker does not speak an API, or no version of it that we do.
    case unsupported(APIKey)
    /// What the broker sent is not Kafka's protocol, or not what was asked for.
    case badAnswer(String)

    /// Whether another attempt may go better.
    package var isRetriable: Bool {
        switch self {
        case .unreachable: true
        case .refused(let code, _, _): code.isRetriable
        case .timedOut, .authentication, .unsupported, .badAnswer: false
        }
    }
}

extension ClientError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let address, let reason): return "cannot reach \(address): \(reason)"
        case .timedOut(let what): return "no answer in time: \(what)"
        case .authentication(let reason): return "not let in: \(reason)"
        case .refused(let code, let subject, let message):
            let told = message.flatMap { $0.isEmpty ? nil : $0 } ?? code.explanation
            return subject.isEmpty ? "\(told) (\(code.name))" : "\(subject): \(told) (\(code.name))"
        case .unsupported(let api): return "the broker does not speak \(api) in a version that this client does"
        case .badAnswer(let what): return "the broker sent a wrong answer: \(what)"
        }
    }
}

extension KafkaErrorCode {
    /// Whether the same request may succeed later, or with fresh metadata (Kafka's `RetriableException`).
    package var isRetriable: Bool {
        switch self {
        case .corruptMessage, .unknownTopicOrPartition, .leaderNotAvailable, .notLeaderOrFollower, .requestTimedOut,
            .networkException, .coordinatorLoadInProgress, .coordinatorNotAvailable, .notCoordinator, .notController,
            .kafkaStorageError, .fetchSessionIDNotFound, .invalidFetchSessionEpoch, .fencedLeaderEpoch,
            .unknownLeaderEpoch, .offsetNotAvailable, .concurrentTransactions, .unstableOffsetCommit:
            true
        default: false
        }
    }

    /// Whether the coordinator has to be looked up again.
    var isOfMovedCoordinator: Bool {
        self == .notCoordinator || self == .coordinatorNotAvailable
    }

    /// As Kafka writes it: `UNKNOWN_TOPIC_OR_PARTITION`.
    package var name: String {
        let letters = Array("\(self)")
        var name = ""
        for (index, letter) in letters.enumerated() {
            // A word begins behind a small letter, and with the last capital of an abbreviation: ID|Not.
            let isStart =
                index > 0 && letter.isUppercase
                && (letters[index - 1].isLowercase || index + 1 < letters.count && letters[index + 1].isLowercase)
            name += (isStart ? "_" : "") + letter.uppercased()
        }
        return name
    }

    /// What it means, for people, where it is common.
    package var explanation: String {
        switch self {
        case .unknownTopicOrPartition: "there is no such topic or partition"
        case .topicAlreadyExists: "there is a topic of this name already"
        case .groupIDNotFound: "there is no such group"
        case .nonEmptyGroup: "the group has members; stop them first"
        case .unknownMemberID: "the group has members; stop them first"
        case .invalidTopicException: "the name is not allowed"
        case .invalidPartitions: "the number of partitions is not allowed"
        case .invalidReplicationFactor: "the replication factor is not possible with these brokers"
        case .invalidConfig: "a config is not allowed"
        case .offsetOutOfRange: "the offset is not in the log"
        case .groupSubscribedToTopic: "the group reads the topic now; stop its members first"
        case .transactionalIDNotFound: "there is no such transactional id"
        case .topicAuthorizationFailed, .groupAuthorizationFailed: "not allowed to this user"
        case .unsupportedVersion: "the broker is too old for this"
        default: "refused"
        }
    }
}
