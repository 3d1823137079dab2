internal import MillraceClient
internal import MillraceCore

/// `transactions describe`. Does I/O when run.
struct TransactionsDescribe: Command {
    private static let id = Argument("TRANSACTIONAL-ID", .text, isRepeated: true, "The transactional ids.")

    static let declaration = CommandDeclaration(
        "transactions describe", "Show what goes on under transactional ids",
        parameters: [id] + ConnectionOptions.parameters,
        examples: [.init("One of them", "millrace transactions describe payments-1")])

    let ids: [String]
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        ids = try arguments.all(Self.id)
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        let client = try connection.client()
        let transactions = try ids.map { try client.transaction($0) }
        return context.show(Self.report(transactions), asJSON: connection.isJSON)
    }

    static func report(_ transactions: [TransactionDescription]) -> Report {
        var table = Table("TRANSACTIONAL ID", "PRODUCER", "EPOCH", "STATE", "TIMEOUT MS", "STARTED", "PARTITIONS")
        for transaction in transactions {
            table.append(
                transaction.id, "\(transaction.producer.id)", "\(transaction.producer.epoch)", transaction.state,
                "\(transaction.timeoutMilliseconds)", transaction.startedAt.map(DateTimeText.format) ?? "",
                transaction.partitions.map { "\($0)" }.joined(separator: " "))
        }
        return Report(
            table.text,
            json: .array(
                transactions.map {
                    [
                        "transactionalId": JSON($0.id), "producerId": JSON($0.producer.id),
                        "producerEpoch": JSON($0.producer.epoch), "state": JSON($0.state),
                        "timeoutMs": JSON($0.timeoutMilliseconds),
                        "startedAt": JSON($0.startedAt?.millisecondsSinceEpoch),
                        "partitions": .array(
                            $0.partitions.map { ["topic": JSON($0.topic), "partition": JSON($0.partition)] }),
                    ]
                }))
    }
}
