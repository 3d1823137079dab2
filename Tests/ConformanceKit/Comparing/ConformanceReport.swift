/// Counts results by category and writes them as text. Pure; used by the runner and by the tests.
public struct ConformanceReport: Sendable {
    public struct Counts: Hashable, Sendable {
        public var passed = 0
        public var failed = 0
        public var notYetSupported = 0

        public var supported: Int { passed + failed }
    }

    public private(set) var results: [ScenarioResult] = []

    public init() {}

    public mutating func add(_ result: ScenarioResult) { results.append(result) }

    /// Of one category, or of all but the quirks, which are no promises (NOTES.md).
    public func counts(of category: String? = nil) -> Counts {
        var counts = Counts()
        for result in results where category.map({ $0 == result.category }) ?? !result.isQuirk {
            switch result.outcome {
            case .passed: counts.passed += 1
            case .failed: counts.failed += 1
            case .notYetSupported: counts.notYetSupported += 1
            }
        }
        return counts
    }

    /// All failures but those of the quirks.
    public var failures: [ScenarioResult] {
        results.filter { result in
            guard case .failed = result.outcome else { return false }
            return !result.isQuirk
        }
    }

    /// Scenarios that count other dropped records than expected; for information.
    public var droppedDifferences: [ScenarioResult] {
        results.filter { $0.droppedDifference != nil && !$0.isQuirk && $0.outcome == .passed }
    }

    public var categories: [String] { Set(results.map(\.category)).sorted() }

    /// What is missing, with the number of scenarios that wait for it.
    public var missing: [(reason: String, count: Int)] {
        var counts: [String: Int] = [:]
        for case .notYetSupported(let reason) in results.map(\.outcome) { counts[reason, default: 0] += 1 }
        return counts.map { (reason: $0.key, count: $0.value) }
            .sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
    }
}

extension ScenarioResult {
    var isQuirk: Bool { category == Scenario.quirksCategory }
}

extension ConformanceReport {
    /// The first difference of each failure, a line each.
    public func failureLines() -> [String] {
        failures.map { result in
            guard case .failed(let difference) = result.outcome else { return result.name }
            return "\(result.name): \(difference)" + (result.isNearMiss ? " (the resulting table is right)" : "")
        }
    }

    /// A table of the categories; the total is the last line.
    public func tableLines() -> [String] {
        let width = (categories.map(\.count).max() ?? 0).clamped(to: 24...60)
        var lines = [ConformanceReport.line("category", "passed", "failed", "not yet supported", width: width)]
        for category in categories where category != Scenario.quirksCategory {
            lines.append(line(category, counts(of: category), width: width))
        }
        lines.append(line("total", counts(), width: width))
        return lines
    }

    /// What became of the scenarios that are listed for information only; nil where there are none.
    public func quirksLine() -> String? {
        guard categories.contains(Scenario.quirksCategory) else { return nil }
        let counts = counts(of: Scenario.quirksCategory)
        return "\(Scenario.quirksCategory) (accidents of Kafka Streams, for information): \(counts.passed) the same, "
            + "\(counts.failed) different, \(counts.notYetSupported) not yet supported"
    }

    private func line(_ name: String, _ counts: Counts, width: Int) -> String {
        ConformanceReport.line(
            name, "\(counts.passed)", "\(counts.failed)", "\(counts.notYetSupported)", width: width)
    }

    private static func line(
        _ name: String, _ passed: String, _ failed: String, _ missing: String, width: Int
    ) -> String {
        name.padded(to: width) + passed.rightAligned(in: 8) + failed.rightAligned(in: 8) + missing.rightAligned(in: 19)
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
    func rightAligned(in width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}

extension Int {
    func clamped(to range: ClosedRange<Int>) -> Int { Swift.min(Swift.max(self, range.lowerBound), range.upperBound) }
}
