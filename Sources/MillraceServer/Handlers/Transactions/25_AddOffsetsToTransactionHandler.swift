internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// AddOffsetsToTxn: a group's offsets become part of a transaction (KIP-98). May begin one, as AddPartitionsToTxn:
/// on a worker.
extension HandlerTable {
    mutating func addAddOffsetsToTransaction(_ environment: ServerEnvironment) {
        onWorker(AddOffsetsToTransactionRequest.self) { request, context in
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
