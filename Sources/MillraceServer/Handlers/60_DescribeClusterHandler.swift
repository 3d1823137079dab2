internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// DescribeCluster: the cluster is this broker, which is its controller too (KIP-700, KIP-919).
extension HandlerTable {
    mutating func addDescribeCluster(_ environment: ServerEnvironment) {
        on(DescribeClusterRequest.self) { request, context in
            var response = DescribeClusterResponse()
            response.endpointType = request.endpointType
            response.clusterID = environment.broker.clusterID
            response.controllerID = environment.nodeID
            guard request.endpointType == 1 else {
                response.error = request.endpointType == 2 ? .mismatchedEndpointType : .unsupportedEndpointType
                response.errorMessage = "brokers are to be asked for (1), not endpoints of type \(request.endpointType)"
                return response
            }
            let endpoint = environment.endpoint(for: context.peer)
            var broker = DescribeClusterResponse.Broker()
            broker.brokerID = environment.nodeID
            broker.host = endpoint.host
            broker.port = endpoint.port
            response.brokers = [broker]
            if request.includeClusterAuthorizedOperations {
                response.clusterAuthorizedOperations = AuthorizedOperations.cluster
            }
            return response
        }
    }
}

/// What may be done, as bits by the numbers of Kafka's `AclOperation` (KIP-430): everything there is, since nothing is
/// forbidden here.
enum AuthorizedOperations {
    /// Create 5, alter 7, describe 8, cluster action 9, describe and alter configs 10 and 11, idempotent write 12.
    static let cluster: Int32 = 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12
    /// Read 3, write 4, create 5, delete 6, alter 7, describe 8, describe and alter configs 10 and 11.
    static let topic: Int32 = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 11
    /// Read 3, delete 6, describe 8, describe and alter configs 10 and 11.
    static let group: Int32 = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11
}
