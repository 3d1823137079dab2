import ConformanceKit
import Foundation
import Testing

/// Runs the vectors that the real Kafka Streams made, where their folder lies beside the package.
@Suite("Conformance with Kafka Streams", .serialized)
struct VectorTests {
    /// How many scenarios must at least be supported: a ratchet, raised when operators are built.
    static let supportedMinimum = 644

    /// `<folder above the package>/shared/conformance`
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/conformance").path

    static var isPresent: Bool { FileManager.default.fileExists(atPath: folder) }

    @Test(
        "every supported scenario gives what Kafka Streams gave",
        .enabled(if: isPresent, "skipped: there is no folder shared/conformance beside the package"),
        arguments: [false, true])
    func vectors(inRocksDB: Bool) throws {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("millrace-conformance-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let runner = ScenarioRunner(stateDirectory: inRocksDB ? directory.path : nil)
        var report = ConformanceReport()
        for file in try ScenarioParser.files(at: Self.folder) {
            for line in try ScenarioParser.lines(of: file) { report.add(runner.result(of: line)) }
        }
        for failure in report.failureLines() { Issue.record("\(failure)") }
        let counts = report.counts()
        #expect(counts.supported >= Self.supportedMinimum, "operators that were supported are no longer")
        #expect(!report.results.isEmpty, "there are no scenarios in \(Self.folder)")
    }
}
