internal import MillraceCore
internal import MillraceProtocol

/// DescribeQuorum (KIP-595): the controllers' quorum of a cluster of one is this node, which votes for itself. There is
/// no metadata log; its end is told as 0. Answers at once.
extension HandlerTable {
    private static let metadataTopic = "__cluster_metadata"

    mutating func addDescribeQuorum(_ environment: ServerEnvironment) {
        on(DescribeQuorumRequest.self) { request, context in
            let endpoint = environment.endpoint(for: context.peer)
            var response = DescribeQuorumResponse()
            response.topics = request.topics.map { topic in
                var answer = DescribeQuorumResponse.Topic()
                answer.name = topic.name
                answer.partitions = topic.partitions.map { partition in
                    var result = DescribeQuorumResponse.Partition()
                    result.partitionIndex = partition.partitionIndex
                    guard topic.name == Self.metadataTopic, partition.partitionIndex == 0 else {
                        result.error = .unknownTopicOrPartition
                        return result
                    }
                    result.leaderID = environment.nodeID
                    var voter = DescribeQuorumResponse.Replica()
                    voter.replicaID = environment.nodeID
                    result.currentVoters = [voter]
                    return result
                }
                return answer
            }
            var listener = DescribeQuorumResponse.Listener()
            listener.name = context.peer.listener
            listener.host = endpoint.host
            listener.port = UInt16(clamping: endpoint.port)
            var node = DescribeQuorumResponse.Node()
            node.nodeID = environment.nodeID
            node.listeners = [listener]
            response.nodes = [node]
            return response
        }
    }
}
