internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// InitProducerId (KIP-98, KIP-360): on a worker, since an open transaction of the same id is aborted first.
extension HandlerTable {
    mutating func addInitProducerID(_ environment: ServerEnvironment) {
        onWorker(InitProducerIDRequest.self) { request, context in
            var response = InitProducerIDResponse()
            do throws(BrokerError) {
                let identity = try environment.broker.initProducerID(
                    transactionalID: request.transactionalID,
                    timeoutMilliseconds: request.transactionTimeoutMilliseconds,
                    presented: ProducerIdentity(id: request.producerID, epoch: request.producerEpoch),
                    version: context.apiVersion)
                response.producerID = identity.id
                response.producerEpoch = identity.epoch
            } catch {
                response.error = error.code
                response.producerEpoch = -1
            }
            return response
        }
    }
}
