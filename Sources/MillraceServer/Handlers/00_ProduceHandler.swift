internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol
internal import Synchronization

/// Produce: appends the batches of a request where they lie in its frame, on the loop's thread. With `acks=all` and
/// durability `everyCommit` the answer waits for a sync that all who wait share; batches of transactions are synced
/// with their commit. Where a topic's `flush.messages` is reached, every answer waits. Rules: Kafka's protocol guide,
/// "Produce API"; KIP-467 for errors of single records, KIP-890 for partitions that join a transaction by being written
/// to (version 12 on).
extension HandlerTable {
    mutating func addProduce(_ environment: ServerEnvironment) {
        let produce = ProduceHandler(broker: environment.broker)
        onFrame(ProduceRequest.self) { request, frame, context, reply in
            produce.handle(request, frame, context, reply)
        }
    }
}

private struct ProduceHandler: Sendable {
    let broker: Broker

    /// What is known of all partitions of a request when their batches have been appended.
    private struct Appended {
        var response = ProduceResponse()
        /// What was appended to, and up to where.
        var ends: [(partition: Partition, end: Offset)] = []
        /// Those of them whose topics ask for a sync now.
        var flushes: [(partition: Partition, end: Offset)] = []
        var firstError: BrokerError?
    }

    func handle(
        _ request: ProduceRequest, _ frame: SharedBuffer, _ context: RequestContext, _ reply: Reply<ProduceResponse>
    ) {
        var appended = Appended()
        for topic in request.topics {
            var answer = ProduceResponse.Topic()
            answer.name = topic.name
            answer.topicID = topic.topicID
            let name = name(of: topic, version: context.apiVersion)
            for partition in topic.partitions {
                answer.partitions.append(
                    append(partition, topic: name, request, frame, context, &appended))
            }
            appended.response.topics.append(answer)
        }
        if request.acks == 0 {
            if !appended.flushes.isEmpty { broker.whenSynced(appended.flushes) { _ in } }
            // Nobody reads an answer; a closed connection is all that can be said.
            if let error = appended.firstError { return reply.close("a batch with acks=0 was refused: \(error)") }
            return reply.omit()
        }
        let waitsForAll = request.acks == -1 && request.transactionalID == nil && broker.acknowledgesAfterSync
        let awaited = waitsForAll ? appended.ends : appended.flushes
        guard !awaited.isEmpty else { return reply.complete(appended.response) }
        let response = appended.response
        broker.whenSynced(awaited) { failures in
            reply.complete(failures.isEmpty ? response : response.failing(failures))
        }
    }

    /// Nil where there is no such topic.
    private func name(of topic: ProduceRequest.Topic, version: Int16) -> String? {
        guard version >= 13 else { return topic.name }
        let id = TopicID(high: topic.topicID.high, low: topic.topicID.low)
        return (try? broker.describeTopic(id: id))?.name
    }

    private func append(
        _ asked: ProduceRequest.Partition, topic: String?, _ request: ProduceRequest, _ frame: SharedBuffer,
        _ context: RequestContext, _ appended: inout Appended
    ) -> ProduceResponse.Partition {
        var answer = ProduceResponse.Partition()
        answer.partitionIndex = asked.partitionIndex
        answer.baseOffset = -1
        do throws(BrokerError) {
            guard let topic else { throw BrokerError(.unknownTopicID, "there is no topic of this id") }
            guard (-1...1).contains(request.acks) else {
                throw BrokerError(.invalidRequiredAcks, "acks is -1, 0 or 1, not \(request.acks)")
            }
            guard case .inFrame(let range) = asked.records, !range.isEmpty else {
                throw BrokerError(.invalidRecord, "a partition without a batch")
            }
            let partition = try broker.partition(TopicPartition(topic, asked.partitionIndex))
            let batches = frame.bytes.extracting(range)
            let records = try broker.produce(
                batches, to: partition, transactionalID: request.transactionalID, version: context.apiVersion)
            answer.baseOffset = records.baseOffset.rawValue
            answer.logStartOffset = records.logStart.rawValue
            answer.logAppendTimeMilliseconds = records.appendTime?.millisecondsSinceEpoch ?? -1
            let end = records.lastOffset.advanced(by: 1)
            appended.ends.append((partition, end))
            if records.isFlushDue { appended.flushes.append((partition, end)) }
        } catch {
            answer.fail(error)
            appended.firstError = appended.firstError ?? error
        }
        return answer
    }
}

extension ProduceResponse.Partition {
    fileprivate mutating func fail(_ failure: BrokerError) {
        error = failure.code
        baseOffset = -1
        logAppendTimeMilliseconds = -1
        logStartOffset = -1
        errorMessage = failure.message
        recordErrors = failure.refusedRecords.map { refused in
            var record = ProduceResponse.RecordError()
            record.index = refused.batchIndex
            record.message = refused.message
            return record
        }
    }
}

extension ProduceResponse {
    /// As it is, but for the partitions that could not be synced.
    fileprivate func failing(_ failures: [TopicPartition: BrokerError]) -> ProduceResponse {
        var response = self
        for topic in response.topics.indices {
            for index in response.topics[topic].partitions.indices {
                let partition = response.topics[topic].partitions[index]
                // By number where the request named topics by id: which of them it was, the disk's error does not say.
                let failure = failures.first { id, _ in
                    id.partition == partition.partitionIndex
                        && (response.topics[topic].name.isEmpty || id.topic == response.topics[topic].name)
                }
                if let failure { response.topics[topic].partitions[index].fail(failure.value) }
            }
        }
        return response
    }
}
