/// What became of one scenario. Pure; collected by `ConformanceReport`.
public struct ScenarioResult: Sendable {
    public enum Outcome: Hashable, Sendable {
        case passed
        case failed(Difference)
        case notYetSupported(String)
    }

    public var name: String
    public var category: String
    public var outcome: Outcome
    /// The scenario failed, but a table of its outputs is right after each input.
    public var isNearMiss = false
    /// Set where the count of dropped records differs; optional to check, so no failure by itself.
    public var droppedDifference: Difference?

    public init(name: String, category: String, outcome: Outcome) {
        self.name = name
        self.category = category
        self.outcome = outcome
    }
}

extension ScenarioResult {
    /// Judges a run.
    public init(_ scenario: Scenario, _ run: ScenarioRun) {
        name = scenario.name
        category = scenario.category
        let difference = Comparison.firstDifference(of: run, from: scenario.expected, at: scenario.comparison)
        outcome = difference.map { .failed($0) } ?? .passed
        if difference != nil, scenario.comparison == .exact {
            isNearMiss = Comparison.firstDifference(of: run, from: scenario.expected, at: .state) == nil
        }
        if let dropped = scenario.expected.droppedRecords, run.error == nil, dropped != run.droppedRecords {
            droppedDifference = Difference("\(dropped) records dropped expected, got \(run.droppedRecords)")
        }
    }
}
