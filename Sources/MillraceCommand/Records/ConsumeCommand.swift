internal import MillraceCore
internal import MillraceKafka

/// `consume`: prints the records of topics. Does I/O when run.
struct ConsumeCommand: Command {
    private static let topics = Argument("TOPIC", .topic, isRepeated: true, "What to read.")
    private static let group = Option(
        "group", short: "g", "GROUP", .text,
        "Read as a member of this group: from its positions on, which are committed once records are printed.")
    private static let fromBeginning = Flag("from-beginning", "From the first record, where a group has no position.")
    private static let partition = Option(
        "partition", short: "p", "N", ValueKind<Int32>.number(0...Int32.max), isRepeated: true,
        "Only this partition; without a group.")
    private static let offset = Option(
        "offset", short: "o", "WHERE", .start, "Where to begin: beginning, end, an offset, -N for the last N, a time.")
    private static let format = Option(
        "format", short: "f", "TEMPLATE", .recordFormat, presence: .defaults(to: "%v\\n"), "How a record is printed.")
    private static let isolation = Option(
        "isolation", "LEVEL", .choice("read-committed", "read-uncommitted"), presence: .defaults(to: "read-committed"),
        "Whether records of open and aborted transactions are read.")
    private static let maxMessages = Option(
        "max-messages", short: "n", "N", ValueKind<Int>.number(1...Int.max), "End after so many records.")
    private static let timeout = Option("timeout", "TIME", .duration, "End after so long without a record.")
    private static let untilEnd = Flag("until-end", "End once everything that is there has been read.")
    private static let property = Option(
        "property", short: "X", "NAME=VALUE", .property, isRepeated: true, "A setting of librdkafka.")

    static let declaration = CommandDeclaration(
        "consume", "Print records",
        parameters: [
            topics, group, fromBeginning, partition, offset, format, isolation, maxMessages, timeout, untilEnd,
            property,
            ConnectionOptions.bootstrapServer, ConnectionOptions.commandConfig, ConnectionOptions.json,
        ],
        sections: [.init("Format", RecordFormat.help)],
        examples: [
            .init("What comes from now on", "millrace consume lines"),
            .init("All there is, with keys", "millrace consume lines --from-beginning --until-end -f '%k\\t%v\\n'"),
            .init("The last ten of partition 0", "millrace consume lines -p 0 -o -10 --until-end"),
            .init("As a member of a group", "millrace consume lines --group readers --from-beginning"),
            .init("Since midnight, as JSON", "millrace consume lines -o 2026-11-26 --json --until-end"),
        ])

    let topicNames: [String]
    let groupID: String?
    let partitions: [Int32]
    let start: StartPosition
    let recordFormat: RecordFormat
    let readsUncommitted: Bool
    let limit: Int?
    let idleLimit: Duration?
    let endsAtEnd: Bool
    let properties: [KeyAndValue]
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        topicNames = try arguments.all(Self.topics)
        groupID = try arguments.ifGiven(Self.group)
        partitions = try arguments.all(Self.partition)
        if groupID != nil && (!partitions.isEmpty || arguments.isGiven(Self.offset)) {
            throw arguments.error(
                "--group reads what the group gives it, from the group's positions: leave --partition and --offset out")
        }
        _ = try arguments.onlyOne(of: [Self.fromBeginning, Self.offset])
        start = try arguments.ifGiven(Self.offset) ?? (arguments.isSet(Self.fromBeginning) ? .beginning : .end)
        recordFormat = try arguments.value(Self.format)
        readsUncommitted = try arguments.value(Self.isolation) == "read-uncommitted"
        limit = try arguments.ifGiven(Self.maxMessages)
        idleLimit = try arguments.ifGiven(Self.timeout)
        endsAtEnd = arguments.isSet(Self.untilEnd)
        properties = try arguments.all(Self.property)
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        context.interruption.watch()
        var settings: [(name: String, value: String)] = [
            ("group.id", groupID ?? "millrace-consume"), ("enable.auto.commit", "false"),
            ("enable.partition.eof", endsAtEnd ? "true" : "false"),
            ("isolation.level", readsUncommitted ? "read_uncommitted" : "read_committed"),
            ("auto.offset.reset", start == .end ? "latest" : "earliest"),
        ]
        settings += properties.map { ($0.name, $0.value) }
        let output = RecordOutput(context.console, recordFormat, isJSON: connection.isJSON)
        var session = ConsumeSession(
            consumer: try KafkaConsumer(try connection.settings(settings)), output: output,
            isInGroup: groupID != nil, limit: limit)
        if groupID != nil {
            try session.subscribe(topicNames)
        } else {
            try session.assign(topicNames, partitions, from: start, timeout: connection.timeout)
        }
        let isInterrupted = try session.run(
            until: endsAtEnd, idleLimit: idleLimit, context: context)
        let count = try session.finish()
        context.console.note("\(count) records read")
        return isInterrupted ? .interrupted : .success
    }
}
