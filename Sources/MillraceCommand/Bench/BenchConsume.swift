internal import MillraceCore
internal import MillraceKafka

/// `bench consume`: how fast records are read, through librdkafka. Does I/O when run.
struct BenchConsume: Command {
    private static let topic = Argument("TOPIC", .topic, "What to read.")
    private static let records = Option(
        "records", short: "n", "N", ValueKind<Int>.number(1...Int.max),
        "How many; left out, all that are there.")
    private static let fromEnd = Flag(
        "from-end", "Begin behind the last record and wait for new ones; needs --records.")
    private static let latency = Flag(
        "latency", "Also tell the time since records were due, where 'bench produce' wrote them on this machine.")
    private static let fetchWait = Option(
        "fetch-wait", "TIME", .duration, presence: .defaults(to: "100ms"),
        "Longest time a broker waits for records before it answers.")
    private static let property = Option(
        "property", short: "X", "NAME=VALUE", .property, isRepeated: true, "A setting of librdkafka.")

    static let declaration = CommandDeclaration(
        "bench consume", "Measure consuming",
        parameters: [topic, records, fromEnd, latency, fetchWait, property, BenchProduce.brokerPID]
            + ConnectionOptions.parameters,
        examples: [
            .init("All there is", "millrace bench consume load"),
            .init(
                "From produce to consume, beside a 'bench produce --rate'",
                "millrace bench consume load --from-end --latency --records 300000"),
        ])

    let topicName: String
    let recordCount: Int?
    let startsAtEnd: Bool
    let measuresLatency: Bool
    let pid: Int32?
    let settings: [(name: String, value: String)]
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        topicName = try arguments.value(Self.topic)
        recordCount = try arguments.ifGiven(Self.records)
        startsAtEnd = arguments.isSet(Self.fromEnd)
        if startsAtEnd && recordCount == nil {
            throw arguments.error("--from-end needs --records: how many to wait for")
        }
        measuresLatency = arguments.isSet(Self.latency)
        pid = try arguments.ifGiven(BenchProduce.brokerPID)
        let wait = try arguments.value(Self.fetchWait).wholeMilliseconds
        settings =
            [
                (name: "group.id", value: "millrace-bench"), (name: "enable.auto.commit", value: "false"),
                (name: "fetch.wait.max.ms", value: "\(wait)"), (name: "enable.partition.eof", value: "false"),
                (name: "queued.min.messages", value: "1000000"), (name: "check.crcs", value: "false"),
            ] + (try arguments.all(Self.property)).map { (name: $0.name, value: $0.value) }
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        context.interruption.watch()
        var consumer = try KafkaConsumer(try connection.settings(settings))
        let (positions, there) = try positions(&consumer)
        let wanted = recordCount ?? there
        try consumer.assign(positions)
        if startsAtEnd { context.console.note("waiting for records") }
        let clock = context.clock
        var progress = Progress(context.console, clock: clock)
        var batch = KafkaMessageBatch()
        var count = 0
        var byteCount = 0
        var latency = LatencyHistogram()
        let measuresLatency = measuresLatency
        let measurement = try BenchMeasurement.begin(clock: clock, brokerPID: pid)
        var idleSince = clock.monotonicNanoseconds()
        while count < wanted && !context.interruption.isRequested {
            let before = count
            let take = { (message: borrowing KafkaMessage) in
                guard message.error == nil else { return }
                count += 1
                byteCount += message.valueByteCount + message.keyByteCount
                guard measuresLatency, let due = message.leadingInteger else { return }
                let now = clock.monotonicNanoseconds()
                latency.record(nanoseconds: now > due ? now - due : 0)
            }
            // A batch is waited for until it is full or the time is over: not where latency is measured.
            if measuresLatency {
                _ = try consumer.poll(timeout: .milliseconds(100), take)
            } else {
                _ = consumer.pollBatch(into: &batch, timeout: .milliseconds(100), take)
            }
            let now = clock.monotonicNanoseconds()
            if count > before { idleSince = now }
            guard now - idleSince < connection.timeout.wholeNanoseconds else {
                throw CommandFailure("nothing came for \(connection.timeout); \(count) of \(wanted) records read")
            }
            progress.report("\(count) records read")
        }
        var result = measurement.end(records: count, byteCount: byteCount)
        result.latency = latency
        try consumer.close()
        return context.show(result.report, asJSON: connection.isJSON)
    }

    /// Where to begin, and how many records there are from there.
    private func positions(_ consumer: inout KafkaConsumer) throws(KafkaError) -> ([KafkaPosition], there: Int) {
        var positions: [KafkaPosition] = []
        var there: Int64 = 0
        for number in 0..<(try consumer.partitionCount(of: topicName, timeout: connection.timeout)) {
            let partition = TopicPartition(topicName, number)
            let (first, end) = try consumer.watermarks(of: partition, timeout: connection.timeout)
            there += end - first
            positions.append(KafkaPosition(partition, offset: startsAtEnd ? end : first))
        }
        return (positions, Int(there))
    }
}
