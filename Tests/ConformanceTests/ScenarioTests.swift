import ConformanceKit
import Foundation
import Testing

/// Scenarios of our own, in the format of the vectors, for what no vector of `shared/conformance` uses: functions,
/// options and steps one after another that the format allows, and records of equal timestamps in several internal
/// topics. The topologies and inputs are random (the name has the seed); the answers are those of Kafka Streams'
/// TopologyTestDriver, of the commit that made the vectors.
@Suite("Conformance with Kafka Streams where the vectors do not look")
struct ScenarioTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Scenarios").path

    @Test("every scenario gives what Kafka Streams gave", arguments: [false, true])
    func scenarios(emptiesStoreMemory: Bool) throws {
        var report = ConformanceReport()
        for file in try ScenarioParser.files(at: Self.folder) {
            for line in try ScenarioParser.lines(of: file) {
                report.add(ScenarioRunner(emptiesStoreMemory: emptiesStoreMemory).result(of: line))
            }
        }
        for failure in report.failureLines() { Issue.record("\(failure)") }
        for missing in report.missing { Issue.record("not supported: \(missing.reason)") }
        #expect(report.counts().passed >= 80, "the scenarios in \(Self.folder)")
    }
}
