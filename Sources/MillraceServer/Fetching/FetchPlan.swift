internal import MillraceBroker
internal import MillraceCore
internal import MillraceLog
internal import MillraceProtocol

/// A fetch whose partitions have been looked up, to be evaluated once or, while it waits, several times. Finding where
/// batches lie reads no more than a few headers. Owned by one loop.
///
/// Rules: Kafka's protocol guide, "Fetch API"; KIP-74 for the limits: partitions are served in the order of the
/// request (clients rotate it), and the first batch comes whatever its size.
struct FetchPlan {
    /// Most bytes of one answer, whatever the client allows (`fetch.max.bytes`).
    static let answerBytesMax = 55 << 20

    private struct Topic {
        var name: String
        var id: WireUUID
        var targets: [Target]
    }

    private struct Target {
        var index: Int32
        /// Nil where `error` says why.
        var partition: Partition?
        var error: KafkaErrorCode
        var offset: Int64
        var bytesMax: Int
        var currentLeaderEpoch: Int32
    }

    /// What a look at all partitions has found.
    struct Found {
        var response = FetchResponse()
        /// One for each partition that has records, in the order of the response.
        var slices: [LogSlice] = []
        var byteCount = 0
        /// Somebody must be told at once, however few bytes there are.
        var hasError = false
        /// A slice ends where its segment does, or the limits: there is more to read now, so nobody has to wait for
        /// bytes. (At the end of a segment there may be fewer than the client's least, and no append would change it.)
        var hasMore = false
    }

    private var topics: [Topic] = []
    private let isolation: IsolationLevel
    private let bytesMax: Int
    let bytesMin: Int

    init(_ request: FetchRequest, version: Int16, broker: Broker) {
        isolation = request.isolationLevel == 1 ? .readCommitted : .readUncommitted
        bytesMax = min(Int(max(request.maxBytes, 0)), Self.answerBytesMax)
        bytesMin = Int(request.minBytes)
        for asked in request.topics {
            var topic = Topic(name: asked.name, id: asked.topicID, targets: [])
            var unknown = KafkaErrorCode.unknownTopicOrPartition
            if version >= 13 {
                unknown = .unknownTopicID
                let id = TopicID(high: asked.topicID.high, low: asked.topicID.low)
                topic.name = (try? broker.describeTopic(id: id))?.name ?? ""
            }
            for target in asked.partitions {
                let partition =
                    topic.name.isEmpty
                    ? nil : try? broker.partition(TopicPartition(topic.name, target.partitionIndex))
                let error = topic.name.isEmpty ? unknown : .unknownTopicOrPartition
                topic.targets.append(
                    Target(
                        index: target.partitionIndex, partition: partition, error: partition == nil ? error : .none,
                        offset: target.fetchOffset, bytesMax: Int(max(target.partitionMaxBytes, 0)),
                        currentLeaderEpoch: target.currentLeaderEpoch))
            }
            topics.append(topic)
        }
    }

    /// All partitions that were found.
    var partitions: [Partition] { topics.flatMap { $0.targets.compactMap(\.partition) } }

    /// Looks at all partitions.
    func evaluate() -> Found {
        var found = Found()
        found.response.topics.reserveCapacity(topics.count)
        for topic in topics {
            var answer = FetchResponse.Topic()
            answer.name = topic.name
            answer.topicID = topic.id
            answer.partitions.reserveCapacity(topic.targets.count)
            for target in topic.targets { answer.partitions.append(look(at: target, &found)) }
            found.response.topics.append(answer)
        }
        return found
    }

    private func look(at target: Target, _ found: inout Found) -> FetchResponse.Partition {
        var answer = FetchResponse.Partition()
        answer.partitionIndex = target.index
        answer.records = .bytes([])
        answer.highWatermark = -1
        answer.abortedTransactions = isolation == .readCommitted ? [] : nil
        guard let partition = target.partition else { return refuse(&answer, target.error, &found) }
        guard target.currentLeaderEpoch <= Partition.leaderEpoch else {
            return refuse(&answer, .unknownLeaderEpoch, &found)
        }
        do throws(BrokerError) {
            guard target.offset >= 0 else { return try outOfRange(partition, &answer, &found) }
            // The first batch comes in any case; behind it only what still fits.
            let room = found.slices.isEmpty ? max(bytesMax, 1) : bytesMax - found.byteCount
            let limit = min(target.bytesMax, room)
            let slice = try partition.slice(
                from: Offset(target.offset), maxBytes: limit, isolation: isolation)
            answer.highWatermark = slice.highWatermark.rawValue
            answer.lastStableOffset = slice.lastStableOffset.rawValue
            answer.logStartOffset = slice.logStart.rawValue
            guard let records = slice.records, found.slices.isEmpty || records.byteCount <= room else { return answer }
            answer.records = .elsewhere(byteCount: records.byteCount)
            found.slices.append(records)
            found.hasMore = found.hasMore || records.hasMore
            found.byteCount += records.byteCount
            if isolation == .readCommitted {
                answer.abortedTransactions = slice.aborted.sorted { $0.firstOffset < $1.firstOffset }.map { aborted in
                    var transaction = FetchResponse.AbortedTransaction()
                    transaction.producerID = aborted.producerID
                    transaction.firstOffset = aborted.firstOffset.rawValue
                    return transaction
                }
            }
            return answer
        } catch {
            if error.code == .offsetOutOfRange, let refused = try? outOfRange(partition, &answer, &found) {
                return refused
            }
            return refuse(&answer, error.code, &found)
        }
    }

    /// Tells the client where the log begins and ends.
    private func outOfRange(
        _ partition: Partition, _ answer: inout FetchResponse.Partition, _ found: inout Found
    ) throws(BrokerError) -> FetchResponse.Partition {
        let bounds = try partition.bounds()
        answer.highWatermark = bounds.highWatermark.rawValue
        answer.lastStableOffset = bounds.lastStableOffset.rawValue
        answer.logStartOffset = bounds.logStart.rawValue
        return refuse(&answer, .offsetOutOfRange, &found)
    }

    private func refuse(
        _ answer: inout FetchResponse.Partition, _ error: KafkaErrorCode, _ found: inout Found
    ) -> FetchResponse.Partition {
        answer.error = error
        found.hasError = true
        return answer
    }
}
