import Testing

@testable import ConformanceKit

@Suite("Comparing runs")
struct ComparisonTests {
    private func output(
        _ key: String?, _ value: String?, at timestamp: Int64 = 0, after input: Int = 0, topic: String = "o"
    ) -> OutputRecord {
        OutputRecord(topic: topic, key: key, value: value, timestamp: timestamp, afterInput: input)
    }

    private func difference(
        _ expected: [OutputRecord], _ actual: [OutputRecord], _ level: ComparisonLevel = .exact
    ) -> String? {
        var run = ScenarioRun()
        run.outputs = actual
        let expected = Expected(outputs: expected, stores: nil, droppedRecords: nil, error: nil)
        return Comparison.firstDifference(of: run, from: expected, at: level)?.description
    }

    @Test("only the order within a topic counts")
    func order() {
        let (a, b, c) = (output("k", "1"), output("k", "2"), output("k", "3", topic: "p"))
        #expect(difference([a, b, c], [c, a, b]) == nil)
        #expect(difference([a, b], [b, a]) == "o[0]: expected (k = 1 @0 after input 0), got (k = 2 @0 after input 0)")
        #expect(difference([a], [a, b]) == "o[1]: expected nothing, got (k = 2 @0 after input 0)")
        #expect(difference([a, c], [a]) == "p[0]: expected (k = 3 @0 after input 0), got nothing")
    }

    @Test("timestamps, headers and inputs count")
    func parts() {
        #expect(difference([output("k", "1")], [output("k", "1", at: 1)]) != nil)
        #expect(difference([output("k", "1")], [output("k", "1", after: 1)]) != nil)
        #expect(difference([output(nil, nil)], [output(nil, nil)]) == nil)
        var record = output("k", "1")
        record.headers = [TextHeader("h", "v")]
        #expect(difference([output("k", "1")], [record]) != nil)
    }

    @Test("by state, redundant tombstones and passing values do not count")
    func state() {
        let expected = [output("a", "1"), output("a", nil, after: 1), output("b", "2", after: 1)]
        let actual = [output("a", "0"), output("a", "1"), output("b", "2", after: 1), output("a", nil, after: 1)]
        #expect(difference(expected, actual, .state) == nil)
        #expect(
            difference(expected, Array(actual.dropLast()), .state)
                == "o, a after input 1: expected nothing, got 1 @0")
    }

    @Test("errors must come where they are expected, and what came before must be right")
    func errors() {
        var run = ScenarioRun()
        run.outputs = [output("a", "1"), output("a", "half done", after: 1)]
        run.error = RunError(.atInput(1), "no")
        var expected = Expected(outputs: [output("a", "1")], stores: nil, droppedRecords: nil, error: .atInput(1))
        #expect(Comparison.firstDifference(of: run, from: expected, at: .exact) == nil)
        expected.error = .atInput(0)
        #expect(Comparison.firstDifference(of: run, from: expected, at: .exact) != nil)
        expected.error = nil
        #expect(
            Comparison.firstDifference(of: run, from: expected, at: .exact)?.description == "stopped at input 1: no")
        run.error = nil
        expected.error = .atBuild
        #expect(
            Comparison.firstDifference(of: run, from: expected, at: .exact)?.description
                == "expected to be refused when built, but it ran on")
    }

    @Test("stores are compared row by row")
    func stores() {
        var run = ScenarioRun()
        run.stores = ["st": [StoreRow(key: "a", value: "1", timestamp: 5)]]
        var expected = Expected(outputs: [], stores: run.stores, droppedRecords: nil, error: nil)
        #expect(Comparison.firstDifference(of: run, from: expected, at: .exact) == nil)
        expected.stores?["st"]?.append(StoreRow(key: "b", value: "2", timestamp: nil))
        #expect(
            Comparison.firstDifference(of: run, from: expected, at: .exact)?.description
                == "store st[1]: expected (b = 2), got nothing")
        expected.stores = ["other": []]
        #expect(
            Comparison.firstDifference(of: run, from: expected, at: .exact)?.description == "there is no store other")
    }

    @Test("a report counts by category, leaves quirks out of the total and names what is missing")
    func report() {
        var report = ConformanceReport()
        report.add(ScenarioResult(name: "a", category: "01-x", outcome: .passed))
        report.add(ScenarioResult(name: "b", category: "01-x", outcome: .failed(Difference("wrong"))))
        report.add(ScenarioResult(name: "c", category: "02-y", outcome: .notYetSupported("fkJoin")))
        report.add(ScenarioResult(name: "d", category: "99-quirks", outcome: .failed(Difference("odd"))))
        #expect(report.counts() == .init(passed: 1, failed: 1, notYetSupported: 1))
        #expect(report.counts(of: "01-x").supported == 2)
        #expect(report.failureLines() == ["b: wrong"])
        #expect(report.missing.map(\.reason) == ["fkJoin"])
        #expect(report.tableLines().count == 4)
        #expect(report.quirksLine()?.contains("1 different") == true)
    }
}
