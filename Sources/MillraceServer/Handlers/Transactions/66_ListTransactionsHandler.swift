internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// ListTransactions: by state and producer (KIP-664), by how long they have been open (KIP-994, version 1), by a
/// regular expression over their ids (KIP-1152, version 2). Answers at once, from memory.
extension HandlerTable {
    mutating func addListTransactions(_ environment: ServerEnvironment) {
        on(ListTransactionsRequest.self) { request, _ in
            var response = ListTransactionsResponse()
            var filter = TransactionFilter()
            filter.states = request.stateFilters
            filter.producerIDs = request.producerIDFilters
            filter.durationMilliseconds = request.durationFilterMilliseconds
            if let text = request.transactionalIDPattern, !text.isEmpty {
                guard let pattern = try? TopicPattern(text) else {
                    response.error = .invalidRegularExpression
                    return response
                }
                filter.matches = { pattern.matches($0) }
            }
            response.unknownStateFilters = filter.unknownStates
            do throws(BrokerError) {
                response.transactions = try environment.broker.listTransactions(filter).map { transaction in
                    var wire = ListTransactionsResponse.Transaction()
                    wire.transactionalID = transaction.transactionalID
                    wire.producerID = transaction.producer.id
                    wire.state = transaction.status.name
                    return wire
                }
            } catch {
                response.error = error.code
            }
            return response
        }
    }
}
