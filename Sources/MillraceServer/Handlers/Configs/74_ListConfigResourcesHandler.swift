internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// ListConfigResources: what has configs (KIP-1142; version 0 asks for subscriptions to client metrics, KIP-714, of
/// which there are none here). Answers at once.
extension HandlerTable {
    mutating func addListConfigResources(_ environment: ServerEnvironment) {
        on(ListConfigResourcesRequest.self) { request, context in
            var response = ListConfigResourcesResponse()
            guard context.apiVersion >= 1 else { return response }
            let all: [Int8] = [2, 4, 16, 32]
            let wanted = request.resourceTypes.isEmpty ? all : request.resourceTypes
            guard wanted.allSatisfy({ all.contains($0) || $0 == 8 }) else {
                response.error = .unsupportedVersion
                return response
            }
            do throws(BrokerError) {
                for type in Set(wanted).sorted() {
                    let names: [String] =
                        switch type {
                        case 2: try environment.broker.listTopics()
                        case 4, 8: ["\(environment.nodeID)"]
                        default: []
                        }
                    response.configResources += names.map { name in
                        var resource = ListConfigResourcesResponse.ConfigResource()
                        resource.resourceName = name
                        resource.resourceType = type
                        return resource
                    }
                }
            } catch {
                response.error = error.code
            }
            return response
        }
    }
}
