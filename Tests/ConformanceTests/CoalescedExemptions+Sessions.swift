import ConformanceKit

// I2 in the vectors: Kafka Streams does not find a session that ended exactly gap and grace before its store's time,
// though a record that joins it is accepted. Under the corrected semantics it is found.

extension CoalescedExemptions {
    /// Whether some input may join a session that ended exactly gap and grace before stream time: sessions end at the
    /// times of earlier records, of the same key unless keys change on the way.
    static func mayMeetSessionAtItsLastMoment(_ scenario: Scenario) -> Bool {
        let changesKeys = scenario.steps.contains { ["groupBy", "map", "selectKey", "flatMap"].contains($0.op) }
        let records = scenario.inputs.compactMap { input -> InputRecord? in
            guard case .record(let record) = input, changesKeys || record.key != nil else { return nil }
            return record
        }
        return scenario.steps.contains { step in
            guard step.fields["kind"] == .string("session"), case .integer(let gap)? = step.fields["gapMs"],
                case .integer(let grace)? = step.fields["graceMs"]
            else { return false }
            var streamTime = Int64.min
            return records.indices.contains { index in
                let joining = records[index]
                streamTime = max(streamTime, joining.timestamp)
                return records[..<index].contains { last in
                    last.timestamp == streamTime - gap - grace && joining.timestamp - last.timestamp <= gap
                        && (changesKeys || last.key == joining.key)
                }
            }
        }
    }
}
