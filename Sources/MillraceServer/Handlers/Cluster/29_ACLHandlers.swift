internal import MillraceCore
internal import MillraceProtocol

/// DescribeAcls, CreateAcls, DeleteAcls: there are none here, and Kafka's answer to that is SECURITY_DISABLED.
extension HandlerTable {
    private static let explanation = "this broker has no access control lists"

    mutating func addACLs() {
        on(DescribeACLsRequest.self) { _, _ in
            var response = DescribeACLsResponse()
            response.error = .securityDisabled
            response.errorMessage = Self.explanation
            return response
        }
        on(CreateACLsRequest.self) { request, _ in
            var response = CreateACLsResponse()
            response.results = request.creations.map { _ in
                var result = CreateACLsResponse.CreationResult()
                result.error = .securityDisabled
                result.errorMessage = Self.explanation
                return result
            }
            return response
        }
        on(DeleteACLsRequest.self) { request, _ in
            var response = DeleteACLsResponse()
            response.filterResults = request.filters.map { _ in
                var result = DeleteACLsResponse.FilterResult()
                result.error = .securityDisabled
                result.errorMessage = Self.explanation
                return result
            }
            return response
        }
    }
}
