internal import MillraceCore
internal import MillraceLog

/// `log dump`: what lies in the files of a partition. Reads only.
struct LogDump: Command {
    private static let paths = Argument(
        "PATH", .file, isRepeated: true, "A partition's directory, or one of its files.")
    private static let deep = Flag("deep", "Also the records of each batch.")
    private static let kind = Option(
        "kind", "NAME", .choice("log", "index", "timeindex", "txnindex", "snapshot"), isRepeated: true,
        "Only files of this kind.")
    private static let decode = Option(
        "decode", "TOPIC", .choice("offsets", "transactions"),
        "Also the records, read as those of __consumer_offsets or of __transaction_state.")
    private static let checkOnly = Flag("check", "Print only what is wrong.")
    private static let json = Flag("json", "Print a JSON object a line.")

    static let declaration = CommandDeclaration(
        "log dump", "Show what lies in the files of a partition",
        discussion: """
            Reads Millrace's files and Apache Kafka's; they are the same. Nothing is changed, and no broker is needed. \
            Checksums, the order of offsets and the entries of indexes are checked; the exit code is 1 where something \
            is wrong. The last segment of a running broker may be written meanwhile.
            """,
        parameters: [paths, deep, decode, kind, checkOnly, json],
        examples: [
            .init("Batches and indexes of a partition", "millrace log dump /var/lib/millrace/topics/lines-0"),
            .init(
                "Every record of a segment",
                "millrace log dump --deep /var/lib/millrace/topics/lines-0/00000000000000000000.log"),
            .init(
                "Which positions have been committed?",
                "millrace log dump --decode offsets --kind log /var/lib/millrace/topics/__consumer_offsets-0"),
            .init("Is everything sound?", "millrace log dump --check --kind log /var/lib/millrace/topics/lines-0"),
        ])

    let files: [String]
    /// Nil: records are not shown.
    let decoder: RecordDecoder?
    let kinds: Set<String>
    let showsProblemsOnly: Bool
    let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        files = try arguments.all(Self.paths)
        let plain: RecordDecoder? = arguments.isSet(Self.deep) ? .plain : nil
        switch try arguments.ifGiven(Self.decode) {
        case "offsets": decoder = .offsets
        case "transactions": decoder = .transactions
        default: decoder = plain
        }
        kinds = Set(try arguments.all(Self.kind))
        showsProblemsOnly = arguments.isSet(Self.checkOnly)
        isJSON = arguments.isSet(Self.json)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        let reader = PartitionFiles(disk: FileSystemDisk())
        var printer = LogPrinter(console: context.console, isJSON: isJSON, showsProblemsOnly: showsProblemsOnly)
        for path in files {
            let found = try reader.list(path).filter { kinds.isEmpty || kinds.contains($0.kind.rawValue) }
            guard !found.isEmpty else {
                throw CommandFailure("\(path) holds no files of a partition", exitCode: .usage)
            }
            for file in found { try dump(file, reader, &printer) }
        }
        return printer.problemCount == 0 ? .success : .failure
    }

    private func dump(
        _ file: PartitionFiles.File, _ reader: PartitionFiles, _ printer: inout LogPrinter
    ) throws {
        printer.begin(file)
        switch file.kind {
        case .log: try dumpLog(file, reader, &printer)
        case .offsetIndex:
            for entry in try reader.offsetIndex(file) {
                printer.entry([("offset", JSON(entry.offset)), ("position", JSON(entry.position))])
            }
        case .timeIndex:
            var last = Timestamp(Int64.min)
            for entry in try reader.timeIndex(file) {
                if entry.timestamp < last { printer.problem("time goes back at offset \(entry.offset)") }
                last = entry.timestamp
                printer.entry([
                    ("timestamp", JSON(entry.timestamp.millisecondsSinceEpoch)),
                    ("time", JSON(DateTimeText.format(entry.timestamp))), ("offset", JSON(entry.offset)),
                ])
            }
        case .transactionIndex:
            guard let entries = try reader.transactionIndex(file) else { return printer.problem("is damaged") }
            for entry in entries {
                printer.entry([
                    ("producerId", JSON(entry.producerID)), ("firstOffset", JSON(entry.firstOffset.rawValue)),
                    ("lastOffset", JSON(entry.lastOffset.rawValue)),
                    ("lastStableOffset", JSON(entry.lastStableOffset.rawValue)),
                ])
            }
        case .snapshot:
            guard let producers = try reader.snapshot(file) else { return printer.problem("is damaged") }
            for producer in producers { printer.entry(Self.members(of: producer)) }
        }
    }

    private static func members(of producer: PartitionFiles.Producer) -> [(String, JSON)] {
        [
            ("producerId", JSON(producer.identity.id)), ("producerEpoch", JSON(producer.identity.epoch)),
            ("lastSequence", JSON(producer.lastSequence)), ("lastOffset", JSON(producer.lastOffset)),
            ("lastTimestamp", JSON(producer.lastSeen.millisecondsSinceEpoch)),
            ("coordinatorEpoch", JSON(producer.coordinatorEpoch)),
            ("transactionStartOffset", JSON(producer.transactionStart?.rawValue)),
        ]
    }

    private func dumpLog(
        _ file: PartitionFiles.File, _ reader: PartitionFiles, _ printer: inout LogPrinter
    ) throws {
        var check = LogCheck(file)
        do {
            try reader.forEachBatch(of: file.path) { batch, bytes in
                check.take(batch, &printer)
                printer.entry(BatchText.members(of: batch))
                guard let decoder, batch.damage == nil else { return }
                do {
                    try BatchText.forEachRecord(of: batch.header, bytes, decoder) { printer.record($0) }
                } catch {
                    printer.problem("batch at position \(batch.position): \(error)")
                }
            }
        } catch let error as LogError {
            printer.problem("\(error)")
        }
        // The index lies beside the log.
        let path = file.path.dropLast("log".count) + "index"
        guard let index = PartitionFiles.parse(String(path)), try FileSystemDisk().exists(String(path)) else { return }
        check.compare(try reader.offsetIndex(index), &printer)
    }
}

/// What must hold in a log file.
struct LogCheck {
    private var nextOffset: Offset
    /// Last offsets by position, for comparing with the index.
    private var batches: [Int: Int64] = [:]

    init(_ file: PartitionFiles.File) { nextOffset = file.baseOffset }

    mutating func take(_ batch: PartitionFiles.Batch, _ printer: inout LogPrinter) {
        if let damage = batch.damage { printer.problem("batch at position \(batch.position): \(damage)") }
        if batch.header.baseOffset < nextOffset {
            printer.problem(
                "batch at position \(batch.position): offset \(batch.header.baseOffset) comes after \(nextOffset)")
        }
        nextOffset = batch.header.nextOffset
        batches[batch.position] = batch.header.lastOffset.rawValue
    }

    /// An entry names the position of a batch and an offset at or before its last one.
    func compare(_ index: [(offset: Int64, position: Int32)], _ printer: inout LogPrinter) {
        for entry in index {
            guard let last = batches[Int(entry.position)] else {
                printer.problem("index entry for offset \(entry.offset): no batch begins at position \(entry.position)")
                continue
            }
            if entry.offset > last {
                printer.problem("index entry for offset \(entry.offset) names a batch that ends at \(last)")
            }
        }
    }
}
