/// Compares a run with what Kafka Streams gave (FORMAT.md, "Comparing"). Pure.
public enum Comparison {
    /// Nil where they are the same at this level.
    public static func firstDifference(
        of run: ScenarioRun, from expected: Expected, at level: ComparisonLevel
    ) -> Difference? {
        if let difference = errorDifference(of: run, from: expected) { return difference }
        var outputs = run.outputs
        // The outputs of an input that stops the application are not listed.
        if case .atInput(let index)? = expected.error { outputs.removeAll { $0.afterInput >= index } }
        let difference =
            switch level {
            case .exact: exactDifference(of: outputs, from: expected.outputs)
            case .state: stateDifference(of: outputs, from: expected.outputs)
            }
        return difference ?? storeDifference(of: run.stores, from: expected.stores ?? [:])
    }

    private static func errorDifference(of run: ScenarioRun, from expected: Expected) -> Difference? {
        switch (expected.error, run.error) {
        case (nil, nil): nil
        case (nil, let error?): Difference("\(name(error.place)): \(error.message)")
        case (let place?, nil): Difference("expected to be \(name(place)), but it ran on")
        case (let place?, let error?) where place == error.place: nil
        case (let place?, let error?):
            Difference("expected to be \(name(place)), but it was \(name(error.place)): \(error.message)")
        }
    }

    private static func name(_ place: ExpectedError) -> String {
        switch place {
        case .atBuild: "refused when built"
        case .atInput(let index): "stopped at input \(index)"
        }
    }

    private static func exactDifference(of actual: [OutputRecord], from expected: [OutputRecord]) -> Difference? {
        for topic in topics(of: expected + actual) {
            let wanted = expected.filter { $0.topic == topic }
            let given = actual.filter { $0.topic == topic }
            for index in 0..<max(wanted.count, given.count) {
                let want = index < wanted.count ? wanted[index] : nil
                let have = index < given.count ? given[index] : nil
                if want != have {
                    return Difference("\(topic)[\(index)]: expected \(name(want)), got \(name(have))")
                }
            }
        }
        return nil
    }

    private static func name(_ record: OutputRecord?) -> String { record.map { "(\($0))" } ?? "nothing" }

    private struct Row: Hashable {
        var value: String
        var timestamp: Int64?
    }

    private static func stateDifference(of actual: [OutputRecord], from expected: [OutputRecord]) -> Difference? {
        for topic in topics(of: expected + actual) {
            let wanted = expected.filter { $0.topic == topic }
            let given = actual.filter { $0.topic == topic }
            var wantedTable: [String?: Row] = [:]
            var givenTable: [String?: Row] = [:]
            for input in Set((wanted + given).map(\.afterInput)).sorted() {
                apply(wanted, of: input, to: &wantedTable)
                apply(given, of: input, to: &givenTable)
                for key in Set(wantedTable.keys).union(givenTable.keys).sorted(by: { text($0) < text($1) })
                where wantedTable[key] != givenTable[key] {
                    let want = name(wantedTable[key])
                    let have = name(givenTable[key])
                    return Difference("\(topic), \(text(key)) after input \(input): expected \(want), got \(have)")
                }
            }
        }
        return nil
    }

    private static func apply(_ outputs: [OutputRecord], of input: Int, to table: inout [String?: Row]) {
        for output in outputs where output.afterInput == input {
            if let value = output.value {
                table[output.key] = Row(value: value, timestamp: output.timestamp)
            } else {
                table.removeValue(forKey: output.key)
            }
        }
    }

    private static func name(_ row: Row?) -> String {
        row.map { "\($0.value)" + ($0.timestamp.map { " @\($0)" } ?? "") } ?? "nothing"
    }

    private static func storeDifference(
        of actual: [String: [StoreRow]], from expected: [String: [StoreRow]]
    ) -> Difference? {
        for (store, wanted) in expected.sorted(by: { $0.key < $1.key }) {
            guard let given = actual[store] else { return Difference("there is no store \(store)") }
            for index in 0..<max(wanted.count, given.count) {
                let want = index < wanted.count ? "(\(wanted[index]))" : "nothing"
                let have = index < given.count ? "(\(given[index]))" : "nothing"
                if want != have { return Difference("store \(store)[\(index)]: expected \(want), got \(have)") }
            }
        }
        return nil
    }

    /// In order of first appearance.
    private static func topics(of outputs: [OutputRecord]) -> [String] {
        var seen: Set<String> = []
        return outputs.map(\.topic).filter { seen.insert($0).inserted }
    }
}
