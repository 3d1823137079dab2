import MillraceCore

/// Why a member of the consumer protocol is refused: Kafka's code, and words for people.
struct ConsumerGroupRefusal: Error, Hashable, Sendable {
    let code: KafkaErrorCode
    let message: String

    init(_ code: KafkaErrorCode, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// What can be seen from a heartbeat alone. Pure. Rules: KIP-848, KIP-1082 (member ids).
extension ConsumerGroupHeartbeatRequest {
    func validate() throws(ConsumerGroupRefusal) {
        guard !groupID.isEmpty else { throw invalid("a heartbeat names its group") }
        guard instanceID != "" else { throw invalid("an instance id cannot be empty") }
        guard rackID != "" else { throw invalid("a rack id cannot be empty") }
        if memberID.isEmpty, requiresMemberID || memberEpoch != ConsumerGroup.joinEpoch {
            throw invalid("a heartbeat names its member")
        }
        switch memberEpoch {
        case 1...: break
        case ConsumerGroup.joinEpoch: try validateJoin()
        case ConsumerGroup.leaveEpoch: break
        case ConsumerGroup.staticLeaveEpoch:
            guard instanceID != nil else { throw invalid("only a member with an instance id leaves with epoch -2") }
        default: throw invalid("\(memberEpoch) is no member epoch")
        }
        if let assignor, ConsumerAssignor(rawValue: assignor) == nil {
            let known = ConsumerAssignor.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConsumerGroupRefusal(
                .unsupportedAssignor, "there is no assignor '\(assignor)' here; there are \(known)")
        }
    }

    private func validateJoin() throws(ConsumerGroupRefusal) {
        guard rebalanceTimeout != nil else { throw invalid("a joining member says its rebalance time-out") }
        guard ownedPartitions == [] else { throw invalid("a joining member says that it owns no partitions") }
        guard topicNames != nil || topicPattern != nil else { throw invalid("a joining member says what it reads") }
    }

    private func invalid(_ reason: String) -> ConsumerGroupRefusal { ConsumerGroupRefusal(.invalidRequest, reason) }

    /// All that a member may say: its answer has the whole assignment.
    var isFull: Bool {
        memberEpoch == ConsumerGroup.joinEpoch
            || rebalanceTimeout != nil && ownedPartitions != nil && (topicNames != nil || topicPattern != nil)
    }
}
