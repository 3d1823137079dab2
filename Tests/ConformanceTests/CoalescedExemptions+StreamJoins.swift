import ConformanceKit

// Joins of two streams.

extension CoalescedExemptions {
    private static let innerJoins: [String: String] = [
        "07-h001-inner-10-10-g0-window-edges": retention, "07-h061-inner-window-0": retention,
        "07-h081-outer-window-0": retention, "07-r023-inner": retention, "07-r093-inner": retention,
        "07-r095-inner": retention, "07-r185-inner": retention,
        "07-r069-inner": "a window that ends before time 0 counts as one that ends there, and takes what is not in it",
    ]
    private static let retention =
        "E7: a join's stores hide their oldest record one millisecond too early, with a window of 0 every record"

    /// Left and outer joins give the same tables where all inputs are in order and have values.
    static func streamJoinReason(for scenario: Scenario) -> String? {
        if let reason = innerJoins[scenario.name] { return reason }
        let hasOuterJoin = scenario.steps.contains { $0.op == "streamJoin" && $0.fields["kind"] != .string("inner") }
        guard hasOuterJoin else { return nil }
        var newest = Int64.min
        for case .record(let record) in scenario.inputs {
            if record.timestamp < newest { return "E5, E6: no null results for records that are late or out of order" }
            if record.value == nil { return "E3: null results also with records that do not count" }
            newest = record.timestamp
        }
        return nil
    }
}
