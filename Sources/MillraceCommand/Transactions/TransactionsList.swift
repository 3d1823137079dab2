internal import MillraceClient
internal import MillraceCore

/// `transactions list`: transactional ids, or what a partition knows of its producers. Does I/O when run.
struct TransactionsList: Command {
    private static let state = Option(
        "state", "NAME", .text, isRepeated: true,
        "Only ids in this state, such as Ongoing, PrepareAbort or CompleteCommit.")
    private static let topic = Option(
        "producers-of", "TOPIC[:P,P]", .partitions, isRepeated: true,
        "Show the producers that these partitions know, with their open transactions, instead.")

    static let declaration = CommandDeclaration(
        "transactions list", "List transactional ids, or producers of partitions",
        parameters: [state, topic] + ConnectionOptions.parameters,
        examples: [
            .init("All transactional ids", "millrace transactions list"),
            .init("Only open transactions", "millrace transactions list --state Ongoing"),
            .init("What holds readers of a topic up?", "millrace transactions list --producers-of lines"),
        ])

    let states: [String]
    let topics: [TopicSelection]
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        states = try arguments.all(Self.state)
        topics = try arguments.all(Self.topic)
        if !states.isEmpty && !topics.isEmpty {
            throw arguments.error("--state is about transactional ids, not about --producers-of")
        }
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        let client = try connection.client()
        let report =
            topics.isEmpty
            ? Self.report(try client.transactions(states: states))
            : Self.report(try client.producers(of: TopicSelection.partitions(of: topics, client)))
        return context.show(report, asJSON: connection.isJSON)
    }

    static func report(_ transactions: [TransactionListing]) -> Report {
        var table = Table("TRANSACTIONAL ID", "PRODUCER", "STATE", "COORDINATOR")
        for transaction in transactions {
            table.append(
                transaction.id, "\(transaction.producerID)", transaction.state, "\(transaction.coordinator)")
        }
        return Report(
            table.text,
            json: .array(
                transactions.map {
                    [
                        "transactionalId": JSON($0.id), "producerId": JSON($0.producerID), "state": JSON($0.state),
                        "coordinator": JSON($0.coordinator),
                    ]
                }))
    }

    static func report(_ producers: [ActiveProducer]) -> Report {
        var table = Table("TOPIC", "PARTITION", "PRODUCER", "EPOCH", "LAST SEQUENCE", "LAST TIME", "OPEN SINCE OFFSET")
        for producer in producers {
            table.append(
                producer.partition.topic, "\(producer.partition.partition)", "\(producer.identity.id)",
                "\(producer.identity.epoch)", "\(producer.lastSequence)",
                producer.lastTimestamp.map(DateTimeText.format) ?? "", producer.transactionStart.map { "\($0)" } ?? "")
        }
        return Report(
            table.text,
            json: .array(
                producers.map {
                    [
                        "topic": JSON($0.partition.topic), "partition": JSON($0.partition.partition),
                        "producerId": JSON($0.identity.id), "producerEpoch": JSON($0.identity.epoch),
                        "lastSequence": JSON($0.lastSequence),
                        "lastTimestamp": JSON($0.lastTimestamp?.millisecondsSinceEpoch),
                        "coordinatorEpoch": JSON($0.coordinatorEpoch),
                        "transactionStartOffset": JSON($0.transactionStart),
                    ]
                }))
    }
}
