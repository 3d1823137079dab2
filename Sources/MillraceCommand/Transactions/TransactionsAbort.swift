internal import MillraceClient
internal import MillraceCore

/// `transactions abort`: ends what its producer does not end. Does I/O when run.
struct TransactionsAbort: Command {
    private static let id = Argument(
        "TRANSACTIONAL-ID", .text, presence: .optional, "The id whose open transaction is to be aborted.")
    private static let topic = Option("topic", "TOPIC", .topic, "Of a hanging transaction: the topic.")
    private static let partition = Option(
        "partition", "N", ValueKind<Int32>.number(0...Int32.max), "Of a hanging transaction: the partition.")
    private static let startOffset = Option(
        "start-offset", "N", ValueKind<Int64>.number(0...Int64.max),
        "Of a hanging transaction: where it begins ('transactions list --producers-of TOPIC' says it).")

    static let declaration = CommandDeclaration(
        "transactions abort", "Abort an open transaction",
        discussion: """
            By its id: this command takes the producer's place, which fences the producer and aborts what it had open. \
            By place: writes an abort marker where no coordinator knows of the transaction any more. Do the second \
            only if the first does not help: a producer that is still at work would lose a part of its transaction.
            """,
        parameters: [id, topic, partition, startOffset] + ConnectionOptions.parameters,
        examples: [
            .init("Of a producer that is gone", "millrace transactions abort payments-1"),
            .init(
                "A hanging one", "millrace transactions abort --topic lines --partition 0 --start-offset 4711"),
        ])

    enum Target: Hashable, Sendable {
        case id(String)
        case hanging(TopicPartition, startOffset: Int64)
    }
    let target: Target
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let id = try arguments.ifGiven(Self.id)
        let topic = try arguments.ifGiven(Self.topic)
        let partition = try arguments.ifGiven(Self.partition)
        let offset = try arguments.ifGiven(Self.startOffset)
        switch (id, topic, partition, offset) {
        case (let id?, nil, nil, nil): target = .id(id)
        case (nil, let topic?, let partition?, let offset?):
            target = .hanging(TopicPartition(topic, partition), startOffset: offset)
        default:
            throw arguments.error("give either a transactional id, or --topic, --partition and --start-offset")
        }
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        let client = try connection.client()
        let outcome: Outcome
        switch target {
        case .id(let id):
            // Of an id that nobody has used there is nothing to abort, and asking would make it.
            let before = try client.transaction(id)
            let producer = try client.fence(id)
            outcome = Outcome(
                subject: id,
                done:
                    "was \(before.state), rests now; the next epoch of producer \(producer.id) is \(producer.epoch)"
            )
        case .hanging(let partition, let offset):
            let producer = try client.abortHangingTransaction(in: partition, startingAt: offset)
            outcome = Outcome(
                subject: "\(partition) at \(offset)",
                done: "aborted, of producer \(producer.id) epoch \(producer.epoch)")
        }
        return context.show(Report([outcome]), asJSON: connection.isJSON)
    }
}
