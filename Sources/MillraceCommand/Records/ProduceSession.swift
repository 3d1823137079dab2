internal import MillraceCore
internal import MillraceKafka

/// One run of a producer: counts what was delivered, cuts transactions. Does I/O; owned by one thread.
struct ProduceSession: ~Copyable {
    struct Sums {
        var delivered = 0
        var failed = 0
        var byteCount = 0
        var firstFailure: KafkaError?
    }

    private var producer: KafkaProducer
    private let topic: String
    /// Nil outside transactions.
    private let transactionRecords: Int?
    private let timeout: Duration
    private var sums = Sums()
    private var sent = 0
    private var sentInTransaction = 0
    private var isInTransaction = false
    private var progress: Progress

    init(
        producer: consuming KafkaProducer, topic: String, transactionRecords: Int?, timeout: Duration,
        context: CommandContext
    ) {
        self.producer = producer
        self.topic = topic
        self.transactionRecords = transactionRecords
        self.timeout = timeout
        progress = Progress(context.console, clock: context.clock)
    }

    mutating func begin() throws(KafkaError) {
        if transactionRecords != nil { try producer.initTransactions(timeout: timeout) }
    }

    mutating func send(_ record: KafkaProducer.Outgoing) throws {
        if let limit = transactionRecords {
            if sentInTransaction == limit { try commit() }
            if !isInTransaction {
                try producer.beginTransaction()
                isInTransaction = true
            }
        }
        while try !producer.send(record, to: topic) { try poll(timeout: .milliseconds(100)) }
        sent += 1
        sentInTransaction += 1
        sums.byteCount += (record.key?.count ?? 0) + (record.value?.count ?? 0)
        if sent % 256 == 0 { try poll(timeout: .zero) }
    }

    /// To be called while no input comes, so that reports are taken.
    mutating func idle() throws { try poll(timeout: .zero) }

    mutating func finish() throws -> Sums {
        if isInTransaction { try commit() } else { try flush() }
        return sums
    }

    /// Takes back what a transaction has not committed; elsewhere only waits for what is under way.
    mutating func abandon() throws -> Sums {
        if isInTransaction {
            try producer.abortTransaction(timeout: timeout)
            sums.delivered -= min(sums.delivered, sentInTransaction)
        } else {
            try flush()
        }
        return sums
    }

    private mutating func commit() throws {
        try flush()
        do throws(KafkaError) {
            try producer.commitTransaction(timeout: timeout)
        } catch {
            if error.reaction == .abortTransaction { try producer.abortTransaction(timeout: timeout) }
            throw error
        }
        isInTransaction = false
        sentInTransaction = 0
    }

    private mutating func poll(timeout: Duration) throws {
        var sums = sums
        try producer.poll(timeout: timeout) { ProduceSession.count($0, &sums) }
        self.sums = sums
        let total = sent
        progress.report("\(sums.delivered) of \(total) records acknowledged")
    }

    private mutating func flush() throws {
        var sums = sums
        do throws(KafkaError) {
            try producer.flush(timeout: timeout) { ProduceSession.count($0, &sums) }
        } catch {
            guard error.isTimeout else { throw error }
            sums.firstFailure = sums.firstFailure ?? error
            sums.failed += sent - sums.delivered - sums.failed
        }
        self.sums = sums
    }

    private static func count(_ report: borrowing KafkaMessage, _ sums: inout Sums) {
        if let error = report.error {
            sums.failed += 1
            if sums.firstFailure == nil { sums.firstFailure = error }
        } else {
            sums.delivered += 1
        }
    }
}
