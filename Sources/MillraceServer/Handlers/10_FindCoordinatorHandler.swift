internal import MillraceCore
internal import MillraceProtocol

/// FindCoordinator: this broker coordinates everything. Rules: KIP-98 for types of keys, KIP-699 for several keys.
extension HandlerTable {
    mutating func addFindCoordinator(_ environment: ServerEnvironment) {
        on(FindCoordinatorRequest.self) { request, context in
            let endpoint = environment.endpoint(for: context.peer)
            let keys = context.apiVersion >= 4 ? request.coordinatorKeys : [request.key]
            let coordinators = keys.map { key in
                var coordinator = FindCoordinatorResponse.Coordinator()
                coordinator.key = key
                coordinator.errorMessage = nil
                switch request.keyType {
                // Groups, transactional ids.
                case 0, 1:
                    coordinator.nodeID = environment.nodeID
                    coordinator.host = endpoint.host
                    coordinator.port = endpoint.port
                default:
                    coordinator.nodeID = -1
                    coordinator.port = -1
                    coordinator.error = .invalidRequest
                    coordinator.errorMessage = "there are no coordinators for keys of type \(request.keyType)"
                }
                return coordinator
            }
            var response = FindCoordinatorResponse()
            response.errorMessage = nil
            guard context.apiVersion < 4, let only = coordinators.first else {
                response.coordinators = coordinators
                return response
            }
            response.error = only.error
            response.errorMessage = only.errorMessage
            response.nodeID = only.nodeID
            response.host = only.host
            response.port = only.port
            return response
        }
    }
}
