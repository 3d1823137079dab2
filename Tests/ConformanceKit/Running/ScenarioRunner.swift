import Millrace
import MillraceCore
import MillraceTesting

/// Builds a scenario's topology, feeds it the inputs under `TopologyTestDriver` and judges what comes out. It does no
/// I/O but that of RocksDB stores; called by the runner and by the tests, on one thread.
public struct ScenarioRunner {
    public enum Mode: Sendable {
        /// Each update at once and Kafka Streams' semantics, compared as each scenario says.
        case kafkaStreams
        /// What has changed once a commit, and the corrected semantics: the resulting tables must be the same.
        case coalesced
        /// What has changed once a commit, under Kafka Streams' semantics.
        case coalescedKafkaStreams
    }

    public var mode: Mode
    /// Where RocksDB stores lie, a directory for each scenario; nil keeps all stores in memory.
    public var stateDirectory: String?
    /// Whether every read of a store decodes bytes.
    public var emptiesStoreMemory: Bool

    public init(_ mode: Mode = .kafkaStreams, stateDirectory: String? = nil, emptiesStoreMemory: Bool = false) {
        self.mode = mode
        self.stateDirectory = stateDirectory
        self.emptiesStoreMemory = emptiesStoreMemory
    }

    public func result(of line: ScenarioParser.Line) -> ScenarioResult {
        switch line {
        case .scenario(let scenario): return result(of: scenario)
        case .unreadable(let name, let category, let reason):
            return ScenarioResult(name: name, category: category, outcome: .failed(Difference("unreadable: \(reason)")))
        }
    }

    public func result(of scenario: Scenario) -> ScenarioResult {
        var scenario = scenario
        if mode != .kafkaStreams { scenario.comparison = .state }
        do {
            try SupportedOperators.check(scenario)
            return ScenarioResult(scenario, try run(scenario))
        } catch {
            return ScenarioResult(
                name: scenario.name, category: scenario.category, outcome: .notYetSupported("\(error)"))
        }
    }

    /// Throws only for what is not yet supported.
    private func run(_ scenario: Scenario) throws -> ScenarioRun {
        var run = ScenarioRun()
        let reports = ReportedRecords()
        let driver: TopologyTestDriver
        do {
            let topology = try TopologyCompiler.compile(scenario, reports: reports)
            driver = try TopologyTestDriver(topology, configuration(of: scenario))
        } catch let error as NotYetSupported {
            throw error
        } catch {
            run.error = RunError(.atBuild, "\(error)")
            return run
        }
        defer { driver.close() }
        feed(scenario.inputs, to: driver, reports, into: &run)
        run.droppedRecords = driver.droppedRecords.values.reduce(0, +)
        if run.error == nil {
            do {
                for name in (scenario.expected.stores ?? [:]).keys {
                    run.stores[name] = try StoreReader.rows(of: name, in: driver, scenario)
                }
            } catch {
                run.error = RunError(.atInput(scenario.inputs.count), "\(error)")
            }
        }
        return run
    }

    private func configuration(of scenario: Scenario) -> TestDriverConfiguration {
        func reaction(_ name: String) -> @Sendable (FailedRecord) -> ErrorReaction {
            let skips = scenario.configuration[name] == .string("logAndContinue")
            return { _ in skips ? .skip : .fail }
        }
        return TestDriverConfiguration(
            applicationID: "conformance", emission: mode == .kafkaStreams ? .everyUpdate : .coalesced,
            semantics: mode == .coalesced ? .millrace : .kafkaStreams,
            handlers: ErrorHandlers(
                deserialization: reaction("deserializationHandler"), processing: reaction("processingHandler")),
            stateDirectory: stateDirectory.map { "\($0)/\(scenario.name)" }, emptiesStoreMemory: emptiesStoreMemory)
    }

    private func feed(
        _ inputs: [Input], to driver: TopologyTestDriver, _ reports: ReportedRecords, into run: inout ScenarioRun
    ) {
        for (index, input) in inputs.enumerated() {
            do {
                switch input {
                case .record(let record): try driver.send(ProducedRecord(record))
                case .advanceWallClock(let milliseconds):
                    try driver.advanceWallClock(by: .milliseconds(milliseconds))
                case .unknown: continue
                }
                run.outputs += reports.take(afterInput: index)
                for topic in driver.producedTopics {
                    let output = driver.outputTopic(topic, key: .string, value: .string)
                    run.outputs += try output.readAll().map { OutputRecord($0, topic: topic, afterInput: index) }
                }
            } catch {
                run.error = RunError(.atInput(index), "\(error)")
                return
            }
        }
    }
}

extension ProducedRecord {
    init(_ record: InputRecord) {
        self.init(
            topic: record.topic, key: record.key, value: record.value, timestamp: Timestamp(record.timestamp),
            headers: Headers(record.headers.map { Header($0.name, $0.value) }))
    }
}

extension OutputRecord {
    init(_ record: Record<String, String>, topic: String, afterInput: Int) {
        self.init(
            topic: topic, key: record.key, value: record.value, timestamp: record.timestamp.millisecondsSinceEpoch,
            headers: record.headers.map { TextHeader($0.name, String(decoding: $0.value ?? [], as: UTF8.self)) },
            afterInput: afterInput)
    }
}
