internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// EndTxn (KIP-98; KIP-890 since version 5, whose answer carries the identity for the next transaction). On a worker:
/// it waits for syncs.
extension HandlerTable {
    mutating func addEndTransaction(_ environment: ServerEnvironment) {
        onWorker(EndTransactionRequest.self) { request, context in
            var response = EndTransactionResponse()
            do throws(BrokerError) {
                let identity = try environment.broker.endTransaction(
                    request.isCommit ? .commit : .abort, transactionalID: request.transactionalID,
                    producer: ProducerIdentity(id: request.producerID, epoch: request.producerEpoch),
                    requestVersion: context.apiVersion)
                response.producerID = identity.id
                response.producerEpoch = identity.epoch
            } catch {
                response.error = error.code
            }
            return response
        }
    }
}
