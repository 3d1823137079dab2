internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore
internal import MillraceProtocol

/// What brokers' answers mean, and what it means that none will come. Pure.
extension PartitionFetches {
    mutating func connected(_ broker: Int32) { lanes[broker]?.state = .open }

    mutating func notConnected(_ broker: Int32, _ error: ClientError, now: MonotonicTime) {
        note(error)
        lanes[broker]?.state = .closed
        let random = entropy.next()
        let retry = limits.retry
        lanes[broker]?.retryLater(retry, random: random, now: now)
        // It may not be the leader any more.
        for partition in partitions where partition.leader?.broker == broker { markStale(partition.id.topic) }
    }

    /// The connection is gone. Where nothing was under way the broker has only tired of waiting.
    mutating func lost(_ broker: Int32, now: MonotonicTime) {
        guard var lane = lanes[broker] else { return }
        lane.state = .closed
        if let request = lane.underWay {
            lane.underWay = nil
            lane.retryLater(limits.retry, random: entropy.next(), now: now)
            release(request) { fetches, place in fetches.markStale(fetches.partitions[place].id.topic) }
        }
        lanes[broker] = lane
    }

    /// Takes the answer to the broker's request.
    ///
    /// - Parameter frame: where the records lie.
    mutating func take(
        _ answer: FetchResponse, in frame: SharedBuffer, from broker: Int32, now: MonotonicTime
    ) {
        guard var lane = lanes[broker], let request = lane.underWay else { return }
        lane.underWay = nil
        if answer.throttleTimeMilliseconds > 0 {
            lane.notBefore = now.advanced(by: .milliseconds(Int64(answer.throttleTimeMilliseconds)))
        }
        if answer.error == .none {
            lane.answered()
        } else {
            lane.retryLater(limits.retry, random: entropy.next(), now: now)
        }
        for topic in answer.topics {
            guard let name = topic.name.isEmpty ? request.topics[topic.topicID] : topic.name else { continue }
            for entry in topic.partitions {
                guard let place = places[TopicPartition(name, entry.partitionIndex)],
                    partitions[place].underWay == request.number
                else { continue }
                partitions[place].underWay = nil
                take(entry, of: place, in: frame, answer.nodeEndpoints, now)
                if partitions[place].held?.batches.isEmpty == false { lane.turn = (place + 1) % partitions.count }
            }
        }
        lanes[broker] = lane
        // What was left out is not asked for again at once.
        release(request) { fetches, place in fetches.askAgain(place, now) }
    }

    /// Nothing more will come of a request.
    private mutating func release(
        _ request: LeaderLane.UnderWay, _ body: (inout PartitionFetches, Int) -> Void
    ) {
        for id in request.partitions {
            guard let place = places[id], partitions[place].underWay == request.number else { continue }
            partitions[place].underWay = nil
            body(&self, place)
        }
    }

    private mutating func take(
        _ answer: FetchResponse.Partition, of place: Int, in frame: SharedBuffer,
        _ endpoints: [FetchResponse.NodeEndpoint], _ now: MonotonicTime
    ) {
        let id = partitions[place].id
        switch answer.error {
        case .none:
            partitions[place].forgiven()
            takeRecords(answer, of: place, in: frame)
        case .offsetOutOfRange:
            partitions[place].failure = ClusterError(
                .offsetOutOfRange,
                "position \(partitions[place].cursor) is outside the log"
                    + (answer.logStartOffset < 0 ? "" : ", which begins at offset \(answer.logStartOffset)"),
                partition: id, code: .offsetOutOfRange)
        case .corruptMessage:
            partitions[place].failure = ClusterError(
                .storageFailed, "the broker's log is damaged at or after offset \(partitions[place].cursor)",
                partition: id, code: .corruptMessage)
        case .unknownTopicOrPartition, .unknownTopicID, .inconsistentTopicID:
            partitions[place].missingSince = partitions[place].missingSince ?? now
            askAgain(place, now)
        case let error where error.isRetriable || PartitionFetches.passing.contains(error):
            askAgain(place, now)
            let leader = answer.currentLeader
            if leader.leaderID >= 0 {
                let endpoint = endpoints.first { $0.nodeID == leader.leaderID }
                learn(
                    .init(broker: leader.leaderID, epoch: leader.leaderEpoch), of: place,
                    at: endpoint.flatMap { end in
                        UInt16(exactly: end.port).map { BrokerAddress(host: end.host, port: $0) }
                    })
            }
        case let error:
            partitions[place].failure = .refused(error, id)
        }
    }

    /// Beyond the codes that Kafka calls retriable.
    private static let passing: Set<KafkaErrorCode> = [.unknownServerError, .replicaNotAvailable, .brokerNotAvailable]

    /// After a moment, and once the leaders are known anew.
    private mutating func askAgain(_ place: Int, _ now: MonotonicTime) {
        markStale(partitions[place].id.topic)
        partitions[place].retryLater(limits.retry, random: entropy.next(), now: now)
    }

    private mutating func takeRecords(_ answer: FetchResponse.Partition, of place: Int, in frame: SharedBuffer) {
        let partition = partitions[place]
        // The log was cut back, by an election of a leader that did not have all of it, and goes on in another way.
        if answer.divergingEpoch.endOffset >= 0 {
            partitions[place].failure = ClusterError(
                .offsetOutOfRange,
                "the log was cut back to offset \(answer.divergingEpoch.endOffset) behind position \(partition.cursor)",
                partition: partition.id, code: .offsetOutOfRange)
            return
        }
        do {
            partitions[place].hold(
                try FetchedRecords(
                    answer, of: partition.id, in: frame, from: partition.cursor, isolation: limits.isolation))
        } catch {
            partitions[place].failure = .damaged(partition.id, at: partition.cursor, error)
        }
    }
}
