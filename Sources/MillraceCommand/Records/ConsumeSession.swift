internal import MillraceCore
internal import MillraceKafka

/// Puts records out, gathered in a buffer. Does I/O; owned by one thread.
final class RecordOutput {
    private let console: Console
    private let format: RecordFormat
    private let isJSON: Bool
    private var writer = ByteWriter(capacity: 64 << 10)
    private static let flushByteCount = 32 << 10

    init(_ console: Console, _ format: RecordFormat, isJSON: Bool) {
        self.console = console
        self.format = format
        self.isJSON = isJSON
    }

    func write(_ record: ShownRecord) {
        if isJSON { writer.append(utf8: record.json.text + "\n") } else { format.write(record, into: &writer) }
        if writer.count >= RecordOutput.flushByteCount { flush() }
    }

    func flush() {
        console.write(writer.bytes)
        writer.removeAll()
    }
}

/// One run of a consumer: prints, remembers positions and commits those of what was printed. Does I/O; owned by one
/// thread.
struct ConsumeSession: ~Copyable {
    private var consumer: KafkaConsumer
    private let output: RecordOutput
    private let isInGroup: Bool
    private let limit: Int?
    private var state = State()
    private static let commitInterval: Duration = .seconds(1)

    /// What polling changes.
    private struct State {
        var count = 0
        /// The partitions that are read; nil before a group has given any.
        var partitions: Set<TopicPartition>?
        var ended: Set<TopicPartition> = []
        /// Next offsets, not committed yet.
        var positions: [TopicPartition: Int64] = [:]
        var failure: KafkaError?
        var isAtEnd: Bool { partitions.map { !$0.isEmpty && ended.isSuperset(of: $0) } ?? false }
    }

    init(consumer: consuming KafkaConsumer, output: RecordOutput, isInGroup: Bool, limit: Int?) {
        self.consumer = consumer
        self.output = output
        self.isInGroup = isInGroup
        self.limit = limit
    }

    mutating func subscribe(_ topics: [String]) throws(KafkaError) { try consumer.subscribe(to: topics) }

    mutating func assign(
        _ topics: [String], _ wanted: [Int32], from start: StartPosition, timeout: Duration
    ) throws {
        var positions: [KafkaPosition] = []
        for topic in topics {
            let count = try consumer.partitionCount(of: topic, timeout: timeout)
            if let missing = wanted.first(where: { $0 >= count }) {
                throw CommandFailure("topic \(topic) has \(count) partitions; there is none with the number \(missing)")
            }
            for number in wanted.isEmpty ? Array(0..<count) : wanted {
                let partition = TopicPartition(topic, number)
                positions.append(
                    KafkaPosition(partition, offset: try offset(of: partition, start, timeout: timeout)))
            }
        }
        state.partitions = Set(positions.map(\.partition))
        try consumer.assign(positions)
    }

    private mutating func offset(
        of partition: TopicPartition, _ start: StartPosition, timeout: Duration
    ) throws(KafkaError) -> Int64 {
        switch start {
        case .beginning: return KafkaPosition.beginning
        case .end: return KafkaPosition.end
        case .offset(let offset): return offset
        case .last(let count):
            let (first, end) = try consumer.watermarks(of: partition, timeout: timeout)
            return max(first, end - count)
        case .time(let time):
            let found = try consumer.offsets(forTimes: [partition: time], timeout: timeout)
            return found.first?.offset ?? KafkaPosition.end
        }
    }

    /// Reads until there is enough; true where it was interrupted.
    mutating func run(until endsAtEnd: Bool, idleLimit: Duration?, context: CommandContext) throws -> Bool {
        var lastRecord = ContinuousClock.now
        var lastCommit = ContinuousClock.now
        while !context.interruption.isRequested {
            let before = state.count
            let isIdle = try !poll(timeout: .milliseconds(100))
            if isIdle { output.flush() }
            if state.count > before { lastRecord = .now }
            if let failure = state.failure { try tell(failure, context) }
            if isInGroup && lastCommit + Self.commitInterval < .now {
                try commit()
                lastCommit = .now
            }
            if let limit, state.count >= limit { return false }
            if endsAtEnd && state.isAtEnd { return false }
            if let idleLimit, lastRecord + idleLimit < .now { return false }
        }
        return true
    }

    /// Leaves, with everything printed and committed; how many records there were.
    mutating func finish() throws(KafkaError) -> Int {
        output.flush()
        if isInGroup { try commit() }
        try consumer.close()
        return state.count
    }

    private mutating func poll(timeout: Duration) throws -> Bool {
        var state = state
        let limit = limit ?? .max
        let output = output
        let happened = try consumer.poll(
            timeout: timeout, onChange: { ConsumeSession.take($0, &state, output) },
            { ConsumeSession.take($0, &state, limit, output) })
        self.state = state
        return happened
    }

    /// Returns the positions of partitions that go away.
    private static func take(
        _ change: KafkaConsumer.Change, _ state: inout State, _ output: RecordOutput
    ) -> [KafkaPosition] {
        switch change {
        case .assigned(let partitions): state.partitions = (state.partitions ?? []).union(partitions)
        case .reachedEnd(let partition): state.ended.insert(partition)
        case .failed(let error): state.failure = error
        case .revoked(let partitions):
            state.partitions?.subtract(partitions)
            state.ended.subtract(partitions)
            output.flush()
            return partitions.compactMap { partition in
                state.positions.removeValue(forKey: partition).map { KafkaPosition(partition, offset: $0) }
            }
        }
        return []
    }

    private static func take(
        _ message: borrowing KafkaMessage, _ state: inout State, _ limit: Int, _ output: RecordOutput
    ) {
        if let error = message.error {
            state.failure = error
            return
        }
        guard state.count < limit else { return }
        let partition = message.partition
        state.ended.remove(partition)
        state.count += 1
        state.positions[partition] = message.offset + 1
        output.write(
            ShownRecord(
                partition: partition, offset: message.offset, timestamp: message.timestamp, key: message.key,
                value: message.value, headers: message.headers))
    }

    /// Errors that pass are told, others end the run.
    private mutating func tell(_ error: KafkaError, _ context: CommandContext) throws {
        state.failure = nil
        guard error.reaction == .retry || error.isConnection else { throw error }
        context.console.note("waiting: \(error)")
    }

    private mutating func commit() throws(KafkaError) {
        guard !state.positions.isEmpty else { return }
        output.flush()
        let positions = state.positions.sorted { $0.key < $1.key }.map { KafkaPosition($0.key, offset: $0.value) }
        state.positions = [:]
        do throws(KafkaError) {
            try consumer.commit(positions)
        } catch {
            // Else a rebalance came between: the next owner reads these again.
            if error.reaction == .fatal { throw error }
        }
    }
}
