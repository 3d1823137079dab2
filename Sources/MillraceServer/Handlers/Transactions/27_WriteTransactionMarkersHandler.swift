internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// WriteTxnMarkers: ends by force what a producer left open in single partitions (KIP-664, `abort` of Kafka's
/// transaction tool). On a worker: the markers are synced.
extension HandlerTable {
    mutating func addWriteTransactionMarkers(_ environment: ServerEnvironment) {
        onWorker(WriteTransactionMarkersRequest.self) { request, _ in
            var response = WriteTransactionMarkersResponse()
            response.markers = request.markers.map { marker in
                var result = WriteTransactionMarkersResponse.Marker()
                result.producerID = marker.producerID
                result.topics = marker.topics.map { topic in
                    var answer = WriteTransactionMarkersResponse.Topic()
                    answer.name = topic.name
                    answer.partitions = topic.partitionIndexes.map { index in
                        var partition = WriteTransactionMarkersResponse.Partition()
                        partition.partitionIndex = index
                        partition.error = write(marker, environment.broker, topic.name, index)
                        return partition
                    }
                    return answer
                }
                return result
            }
            return response
        }
    }
}

private func write(
    _ marker: WriteTransactionMarkersRequest.Marker, _ broker: Broker, _ topic: String, _ index: Int32
) -> KafkaErrorCode {
    guard index >= 0 else { return .unknownTopicOrPartition }
    return broker.writeTransactionMarker(
        marker.isCommit ? .commit : .abort,
        producer: ProducerIdentity(id: marker.producerID, epoch: marker.producerEpoch),
        coordinatorEpoch: marker.coordinatorEpoch, transactionVersion: marker.transactionVersion,
        to: TopicPartition(topic, index))
}
