import ConformanceKit

/// Scenarios whose tables rightly differ once updates are coalesced and Kafka Streams' mistakes corrected, each with
/// the reason: a row of the table in SEMANTICS, or what a commit cannot know. Pure; asked by `VectorTests`.
enum CoalescedExemptions {
    private static let names: [String: String] = [
        "15-h002-last-word-per-key-regrouped":
            "one record updates a row several times, and the text of its group tells in how many steps",
        "04-r005-sliding":
            "I1: a record is also late for the window after one that Kafka Streams' store has forgotten",
    ]

    /// Nil where the scenario must give the same tables.
    static func reason(for scenario: Scenario) -> String? {
        if let reason = names[scenario.name] ?? streamJoinReason(for: scenario) { return reason }
        if tellsJoinsOfAbsentRows(scenario) && mayDeleteWhatIsAbsent(scenario) {
            return "a deletion of a row that is not there says nothing once a commit; a left or outer join of tables "
                + "that hears of it gives its old result again, with the deletion's timestamp"
        }
        if losesExpiredWindows(scenario) {
            return "NOTES 19: a cogrouped stream that lies behind the others is late for windows that the common store "
                + "has dropped; it does not start them anew"
        }
        if mayMeetSessionAtItsLastMoment(scenario) {
            return "I2: a session is found as long as records may join it, to its last moment"
        }
        let suppressions = scenario.steps.filter { $0.op == "suppress" }
        if suppressions.isEmpty { return nil }
        if suppressions.contains(where: { $0.fields["until"] == .string("windowCloses") }),
            scenario.steps.contains(where: { [.string("session"), .string("sliding")].contains($0.fields["kind"]) })
        {
            return "D4: windows that include their end close a millisecond later"
        }
        if scenario.steps.contains(where: { $0.fields["kind"] == .string("sliding") }) {
            return "a record changes several windows, which a commit sends in another order: the suppressed table's "
                + "time has advanced when other updates reach it"
        }
        if mayDeleteWhatIsAbsent(scenario) {
            return "a deletion of a row that the last commit did not have is not forwarded, so that the suppressed "
                + "table's time does not advance by it, and the row takes no place in the buffer"
        }
        return nil
    }

    /// What has gone from the store that cogrouped streams share, a commit cannot forward under either semantics.
    static func losesExpiredWindows(_ scenario: Scenario) -> Bool {
        scenario.steps.contains { $0.op == "cogroup" } && scenario.steps.contains { $0.op == "windowedBy" }
            && streamsLieApart(scenario)
    }

    /// Whether a record is more than the grace behind those of other topics.
    private static func streamsLieApart(_ scenario: Scenario) -> Bool {
        let graces = scenario.steps.compactMap { step -> Int64? in
            if case .integer(let grace)? = step.fields["graceMs"] { grace } else { nil }
        }
        let grace = graces.min() ?? 0
        var newest: [String: Int64] = [:]
        for case .record(let record) in scenario.inputs {
            if newest.contains(where: { $0.key != record.topic && $0.value - grace > record.timestamp }) { return true }
            newest[record.topic] = max(newest[record.topic] ?? record.timestamp, record.timestamp)
        }
        return false
    }

    private static func tellsJoinsOfAbsentRows(_ scenario: Scenario) -> Bool {
        scenario.steps.contains { ["tableJoin", "fkJoin"].contains($0.op) && $0.fields["kind"] != .string("inner") }
    }

    /// A null value, or an aggregator that can give null.
    private static func mayDeleteWhatIsAbsent(_ scenario: Scenario) -> Bool {
        scenario.inputs.contains { input in
            if case .record(let record) = input { record.value == nil } else { false }
        } || scenario.steps.contains { "\($0.fields)".lowercased().contains("nullon") }
    }
}
