import ConformanceKit

/// Scenarios whose tables rightly differ once updates are coalesced and Kafka Streams' mistakes corrected, each with
/// the reason: a row of the table in SEMANTICS, or what a commit cannot know. Pure; asked by `VectorTests`.
enum CoalescedExemptions {
    private static let names: [String: String] = [
        "15-h002-last-word-per-key-regrouped":
            "one record updates a row several times, and the text of its group tells in how many steps"
    ]

    /// Nil where the scenario must give the same tables.
    static func reason(for scenario: Scenario) -> String? {
        if let reason = names[scenario.name] { return reason }
        if tellsJoinsOfAbsentRows(scenario) && mayDeleteWhatIsAbsent(scenario) {
            return "a deletion of a row that is not there says nothing once a commit; a left or outer join of tables "
                + "that hears of it gives its old result again, with the deletion's timestamp"
        }
        let suppressions = scenario.steps.filter { $0.op == "suppress" }
        if suppressions.isEmpty { return nil }
        if suppressions.contains(where: { $0.fields["until"] == .string("windowCloses") }),
            scenario.steps.contains(where: { [.string("session"), .string("sliding")].contains($0.fields["kind"]) })
        {
            return "D4: windows that include their end close a millisecond later"
        }
        if mayDeleteWhatIsAbsent(scenario) {
            return "a deletion of a row that the last commit did not have is not forwarded, so that the suppressed "
                + "table's time does not advance by it, and the row takes no place in the buffer"
        }
        return nil
    }

    private static func tellsJoinsOfAbsentRows(_ scenario: Scenario) -> Bool {
        scenario.steps.contains { $0.op == "tableJoin" && $0.fields["kind"] != .string("inner") }
    }

    /// A null value, or an aggregator that can give null.
    private static func mayDeleteWhatIsAbsent(_ scenario: Scenario) -> Bool {
        scenario.inputs.contains { input in
            if case .record(let record) = input { record.value == nil } else { false }
        } || scenario.steps.contains { "\($0.fields)".lowercased().contains("nullon") }
    }
}
