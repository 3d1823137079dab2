internal import MillraceCore
internal import MillraceKafka

/// `produce`: a record for each line of files or of standard input. Does I/O when run.
struct ProduceCommand: Command {
    private static let topic = Argument("TOPIC", .topic, "Where the records go.")
    private static let files = Argument(
        "FILE", .file, presence: .optional, isRepeated: true, "Files to read; left out, standard input.")
    private static let keySeparator = Option(
        "key-separator", short: "k", "TEXT", .text, "What stands between key and value in a line; \\t is a tab.")
    private static let headersSeparator = Option(
        "headers-separator", "TEXT", .text, "Lines begin with headers, name:value,name:value, up to this text.")
    private static let header = Option(
        "header", short: "H", "NAME=VALUE", .property, isRepeated: true, "A header for every record.")
    private static let nullMark = Option("null", "TEXT", .anyText, "A key or value that is exactly this is null.")
    private static let partition = Option(
        "partition", "N", ValueKind<Int32>.number(0...Int32.max), "All into this partition; left out, by key.")
    private static let transactionalID = Option(
        "transactional-id", "ID", .text, "Send in transactions under this id; another producer with it is fenced.")
    private static let transactionRecords = Option(
        "transaction-records", "N", ValueKind<Int>.number(1...Int.max), presence: .defaults(to: "10000"),
        "Records of one transaction.")

    static let declaration = CommandDeclaration(
        "produce", "Send lines as records",
        parameters: [
            topic, files, keySeparator, headersSeparator, header, nullMark, partition, transactionalID,
            transactionRecords,
        ] + ProducerOptions.parameters + ConnectionOptions.parameters,
        examples: [
            .init("A line", "millrace produce lines <<< hello"),
            .init("A file with keys", "millrace produce users users.tsv --key-separator '\\t' --compression zstd"),
            .init("Delete a key", "millrace produce users --key-separator : --null NULL"),
            .init("With headers", "millrace produce lines -H source=shell -H version=2"),
            .init(
                "Exactly once, 500 lines at a time",
                "millrace produce lines log.txt --transactional-id loader-1 --transaction-records 500"),
        ])

    let topicName: String
    let paths: [String]
    let format: LineFormat
    let partitionNumber: Int32?
    let transaction: (id: String, records: Int)?
    let options: ProducerOptions
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        topicName = try arguments.value(Self.topic)
        paths = try arguments.all(Self.files)
        format = LineFormat(
            keySeparator: try arguments.ifGiven(Self.keySeparator).map { Array(Escapes.resolved($0).utf8) },
            headersSeparator: try arguments.ifGiven(Self.headersSeparator).map { Array(Escapes.resolved($0).utf8) },
            nullMark: try arguments.ifGiven(Self.nullMark).map { Array($0.utf8) },
            headers: try arguments.all(Self.header).map { Header($0.name, $0.value) })
        partitionNumber = try arguments.ifGiven(Self.partition)
        let id = try arguments.ifGiven(Self.transactionalID)
        let records = try arguments.value(Self.transactionRecords)
        transaction = id.map { ($0, records) }
        if id == nil && arguments.isGiven(Self.transactionRecords) {
            throw arguments.error("--transaction-records needs --transactional-id")
        }
        options = try ProducerOptions(arguments)
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        context.interruption.watch()
        let timeout = connection.timeout.wholeMilliseconds
        var settings = [(name: "message.timeout.ms", value: "\(timeout)")]
        // As Kafka's own producers: what is tried again is not doubled.
        if options.isAcknowledgedByAll { settings.append(("enable.idempotence", "true")) }
        settings += options.settings
        if let transaction {
            settings += [("transactional.id", transaction.id), ("transaction.timeout.ms", "\(max(60_000, timeout))")]
        }
        var session = ProduceSession(
            producer: try KafkaProducer(try connection.settings(settings)), topic: topicName,
            transactionRecords: transaction?.records, timeout: connection.timeout, context: context)
        try session.begin()
        let isEnded = try send(with: &session, context)
        let sums = try isEnded ? session.finish() : session.abandon()
        let report = Report(
            "",
            json: [
                "records": JSON(sums.delivered), "failed": JSON(sums.failed), "bytes": JSON(sums.byteCount),
            ])
        if connection.isJSON { _ = context.show(report, asJSON: true) }
        context.console.note("\(sums.delivered) records sent" + (sums.failed > 0 ? ", \(sums.failed) failed" : ""))
        if let failure = sums.firstFailure { context.console.note("error: \(failure)") }
        return isEnded ? (sums.failed > 0 ? .failure : .success) : .interrupted
    }

    private func record(
        _ line: ArraySlice<UInt8>, _ place: @autoclosure () -> String
    ) throws(CommandFailure) -> KafkaProducer.Outgoing {
        do {
            var record = try format.record(line)
            record.partition = partitionNumber
            return record
        } catch {
            throw CommandFailure("\(place()) \(error.explanation)")
        }
    }

    /// Sends everything; false where it was interrupted.
    private func send(with session: inout ProduceSession, _ context: CommandContext) throws -> Bool {
        for path in paths.isEmpty ? [nil] : paths.map({ Optional($0) }) {
            var reader: LineReader
            if let path { reader = try LineReader(path: path) } else { reader = LineReader() }
            var number = 0
            reading: while !context.interruption.isRequested {
                switch try reader.next() {
                case .line(let line):
                    number += 1
                    try session.send(try record(line, "line \(number) of \(path ?? "standard input")"))
                case .nothingYet: try session.idle()
                case .end: break reading
                }
            }
            if context.interruption.isRequested { return false }
        }
        return true
    }
}
