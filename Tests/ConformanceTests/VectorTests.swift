import ConformanceKit
import Foundation
import Testing

/// Runs the vectors that the real Kafka Streams made, where their folder lies beside the package.
@Suite("Conformance with Kafka Streams", .serialized)
struct VectorTests {
    /// How many scenarios must at least be supported: a ratchet for each category, raised when operators are built.
    static let supportedMinimum = [
        "01-stateless": 85,
        "02-aggregate": 82,
        "03-time-windows": 168,
        "04-sliding-windows": 120,
        "05-session-windows": 137,
        "06-suppress": 119,
        "07-stream-stream-join": 198,
        "08-stream-table-join": 138,
        "09-table-table-join": 111,
        "10-foreign-key-join": 112,
        "11-global-table-join": 53,
        "12-ktable-ops": 121,
        "13-cogroup": 64,
        "14-processor-api": 83,
        "15-multi-step": 84,
        "16-timestamps-errors": 71,
    ]

    /// `<folder above the package>/shared/conformance`
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/conformance").path

    static var isPresent: Bool { FileManager.default.fileExists(atPath: folder) }

    @Test(
        "every supported scenario gives what Kafka Streams gave",
        .enabled(if: isPresent, "skipped: there is no folder shared/conformance beside the package"),
        arguments: Storage.allCases)
    func vectors(storage: Storage) throws {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("millrace-conformance-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let runner = ScenarioRunner(
            stateDirectory: storage == .rocksDB ? directory.path : nil, emptiesStoreMemory: storage == .bytes)
        // Opening and syncing takes RocksDB ten times as long as all the rest, and what a byte store has to do is known
        // from the tests of the stores: a part of the vectors, of each category, unless there is time.
        let part = storage == .rocksDB && ProcessInfo.processInfo.environment["MILLRACE_LONG"] == nil ? 4 : 1
        try run(runner, every: part)
    }

    @Test(
        "coalesced updates and corrected semantics lead to the same tables",
        .enabled(if: isPresent, "skipped: there is no folder shared/conformance beside the package"))
    func coalesced() throws {
        try run(ScenarioRunner(.coalesced)) { CoalescedExemptions.reason(for: $0) != nil }
    }

    @Test(
        "sessions that Kafka Streams does not find (I2) lead to its tables under its semantics, coalesced too",
        .enabled(if: isPresent, "skipped: there is no folder shared/conformance beside the package"))
    func coalescedSessions() throws {
        try run(ScenarioRunner(.coalescedKafkaStreams)) { scenario in
            !CoalescedExemptions.mayMeetSessionAtItsLastMoment(scenario)
                || CoalescedExemptions.losesExpiredWindows(scenario)
                || scenario.steps.contains { $0.op == "suppress" }
        }
    }

    /// Where the stores keep what they hold.
    enum Storage: CaseIterable { case memory, bytes, rocksDB }

    /// - Parameter part: of so many scenarios one is run.
    private func run(
        _ runner: ScenarioRunner, every part: Int = 1, except isExempt: (Scenario) -> Bool = { _ in false }
    ) throws {
        var report = ConformanceReport()
        var number = 0
        var exemptCounts: [String: Int] = [:]
        for file in try ScenarioParser.files(at: Self.folder) {
            for line in try ScenarioParser.lines(of: file) {
                if case .scenario(let scenario) = line, isExempt(scenario) {
                    exemptCounts[scenario.category, default: 0] += 1
                    continue
                }
                number += 1
                if number % part == 0 { report.add(runner.result(of: line)) }
            }
        }
        for failure in report.failureLines() { Issue.record("\(failure)") }
        #expect(!report.results.isEmpty, "there are no scenarios in \(Self.folder)")
        for (category, minimum) in Self.supportedMinimum {
            let exemptCount = exemptCounts[category] ?? 0
            #expect(
                report.counts(of: category).supported + exemptCount >= minimum / part - (part - 1),
                "operators that \(category) uses were supported and are no longer")
        }
        for result in report.droppedDifferences {
            Issue.record("\(result.name): \(result.droppedDifference?.description ?? "")")
        }
    }
}
