internal import MillraceCore
internal import MillraceKafka

/// `bench produce`: how fast records are taken, through librdkafka. Does I/O when run.
struct BenchProduce: Command {
    private static let topic = Argument("TOPIC", .topic, "Where the records go; it should be there.")
    private static let records = Option(
        "records", short: "n", "N", ValueKind<Int>.number(1...Int.max), presence: .defaults(to: "1000000"),
        "How many.")
    private static let size = Option(
        "size", "BYTES", .byteCount, presence: .defaults(to: "100"), "Size of a value; at least 8.")
    private static let rate = Option(
        "rate", "N", ValueKind<Int>.number(1...Int.max),
        "Records per second, each at its time whatever happened to those before; left out, as fast as it goes.")
    private static let idempotent = Flag("idempotent", "With an idempotent producer: none lost, none doubled.")
    static let brokerPID = Option(
        "broker-pid", "PID", ValueKind<Int32>.number(1...Int32.max),
        "Process of a broker on this machine, to tell its processor time as well.")

    static let declaration = CommandDeclaration(
        "bench produce", "Measure producing",
        discussion: """
            Values are random and hold the time they were due in their first eight bytes, for 'bench consume \
            --latency'. Latency runs from the time a record is due to its acknowledgement.
            """,
        parameters: [topic, records, size, rate, idempotent, brokerPID] + ProducerOptions.parameters
            + ConnectionOptions.parameters,
        examples: [
            .init(
                "As fast as it goes",
                "millrace bench produce load --records 5000000 --size 100 --batch-size 128k --idempotent"),
            .init(
                "Latency at 10,000 records per second",
                "millrace bench produce load -n 300000 --rate 10000 --linger 0ms"),
        ])

    let topicName: String
    let recordCount: Int
    let valueSize: Int
    let recordsPerSecond: Int?
    let pid: Int32?
    let settings: [(name: String, value: String)]
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        topicName = try arguments.value(Self.topic)
        recordCount = try arguments.value(Self.records)
        valueSize = try arguments.value(Self.size)
        guard valueSize >= 8 else { throw arguments.error("--size needs 8 bytes or more: the time is in them") }
        recordsPerSecond = try arguments.ifGiven(Self.rate)
        pid = try arguments.ifGiven(Self.brokerPID)
        settings =
            [
                (name: "enable.idempotence", value: arguments.isSet(Self.idempotent) ? "true" : "false"),
                (name: "queue.buffering.max.messages", value: "1000000"),
                (name: "queue.buffering.max.kbytes", value: "1048576"),
                (name: "batch.num.messages", value: "1000000"),
            ] + (try ProducerOptions(arguments)).settings
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        context.interruption.watch()
        var producer = try KafkaProducer(try connection.settings(settings))
        let topic = try producer.makeTopic(topicName)
        var values = BenchValues(size: valueSize, entropy: SystemEntropy())
        // Finds the broker, before the clock runs.
        while try !topic.send(values.next(due: context.clock.monotonicNanoseconds())) {}
        try producer.flush(timeout: connection.timeout) { _ in }
        let measurement = try BenchMeasurement.begin(clock: context.clock, brokerPID: pid)
        var tally = BenchTally(clock: context.clock)
        let sent = try send(&producer, topic, &values, &tally, context)
        try producer.flush(timeout: connection.timeout) { tally.take($0) }
        var result = measurement.end(records: sent, byteCount: sent * valueSize)
        result.failed = tally.failed
        result.latency = tally.latency
        if let failure = tally.firstFailure { context.console.note("error: \(failure)") }
        return context.show(result.report, asJSON: connection.isJSON)
    }

    /// How many were sent; fewer than wanted where it was interrupted.
    private func send(
        _ producer: inout KafkaProducer, _ topic: borrowing KafkaTopic, _ values: inout BenchValues,
        _ tally: inout BenchTally, _ context: CommandContext
    ) throws -> Int {
        var progress = Progress(context.console, clock: context.clock)
        let start = context.clock.monotonicNanoseconds()
        var now = start
        for index in 0..<recordCount {
            var due = now
            if let rate = recordsPerSecond {
                due = start + UInt64(Double(index) * 1e9 / Double(rate))
                while now < due {
                    try producer.poll(nanoseconds: due - now) { tally.take($0) }
                    now = context.clock.monotonicNanoseconds()
                }
            } else if index % 64 == 0 {
                now = context.clock.monotonicNanoseconds()
            }
            while try !topic.send(values.next(due: due), tag: Int(truncatingIfNeeded: due)) {
                try producer.poll(timeout: .milliseconds(10)) { tally.take($0) }
            }
            if index % 1_024 == 0 {
                try producer.poll { tally.take($0) }
                progress.report("\(index) records sent")
                if context.interruption.isRequested { return index + 1 }
            }
        }
        return recordCount
    }
}

/// Random values with a time at their front; one buffer for all.
struct BenchValues: ~Copyable {
    private var writer: ByteWriter

    init(size: Int, entropy: any Entropy) {
        writer = ByteWriter(capacity: size)
        while writer.count < size { writer.append(entropy.next()) }
        writer.truncate(to: size)
    }

    /// Only until the next call.
    @_lifetime(&self)
    mutating func next(due: UInt64) -> RawSpan {
        writer.overwrite(at: 0, due)
        return writer.bytes
    }
}

/// What came back of records that were sent.
struct BenchTally {
    private let clock: any Clock
    private(set) var latency = LatencyHistogram()
    private(set) var failed = 0
    private(set) var firstFailure: KafkaError?

    init(clock: any Clock) { self.clock = clock }

    mutating func take(_ report: borrowing KafkaMessage) {
        if let error = report.error {
            failed += 1
            if firstFailure == nil { firstFailure = error }
            return
        }
        let now = clock.monotonicNanoseconds()
        let due = UInt64(truncatingIfNeeded: report.tag)
        latency.record(nanoseconds: now > due ? now - due : 0)
    }
}
