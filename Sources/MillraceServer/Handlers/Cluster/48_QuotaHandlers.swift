internal import MillraceCore
internal import MillraceProtocol

/// DescribeClientQuotas and AlterClientQuotas (KIP-546): this broker keeps no quotas of clients, so there are none to
/// tell and none can be set. The answers come at once.
extension HandlerTable {
    mutating func addQuotas() {
        on(DescribeClientQuotasRequest.self) { _, _ in DescribeClientQuotasResponse() }
        on(AlterClientQuotasRequest.self) { request, _ in
            var response = AlterClientQuotasResponse()
            response.entries = request.entries.map { entry in
                var result = AlterClientQuotasResponse.Entry()
                result.error = .invalidRequest
                result.errorMessage = "this broker keeps no quotas of clients"
                result.entity = entry.entity.map { part in
                    var copy = AlterClientQuotasResponse.EntityPart()
                    copy.entityType = part.entityType
                    copy.entityName = part.entityName
                    return copy
                }
                return result
            }
            return response
        }
    }
}
