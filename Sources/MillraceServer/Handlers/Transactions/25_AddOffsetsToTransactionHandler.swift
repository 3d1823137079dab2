internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// AddOffsetsToTxn: a group's offsets become part of a transaction (KIP-98). Answers at once.
extension HandlerTable {
    mutating func addAddOffsetsToTransaction(_ environment: ServerEnvironment) {
        on(AddOffsetsToTransactionRequest.self) { request, context in
            var response = AddOffsetsToTransactionResponse()
            do throws(BrokerError) {
                try environment.broker.addOffsetsToTransaction(
                    group: request.groupID, transactionalID: request.transactionalID,
                    producer: ProducerIdentity(id: request.producerID, epoch: request.producerEpoch),
                    version: context.apiVersion)
            } catch {
                response.error = error.code
            }
            return response
        }
    }
}
