import Millrace
import MillraceCore
import MillraceTesting

/// Two streams of texts, joined, and what comes out of them as lines of text.
struct StreamJoinFixture {
    enum Kind: String, CaseIterable, Sendable { case inner, left, outer }

    let driver: TopologyTestDriver
    let left: TestInputTopic<String, String>
    let right: TestInputTopic<String, String>

    static let text = Consumed<String, String>(key: .string, value: .string)
    static let textOut = Produced<String, String>(key: .string, value: .string)

    /// Left records come from `l`, right ones from `r`; pairs go to `out`, late records to `late`.
    init(
        _ kind: Kind, before: Int64 = 10, after: Int64 = 10, grace: Int64 = 0,
        _ configuration: TestDriverConfiguration = TestDriverConfiguration(emptiesStoreMemory: true),
        joiner: @escaping @Sendable (String?, String?) throws -> String = { "\($0 ?? "-")+\($1 ?? "-")" }
    ) throws {
        let builder = StreamsBuilder()
        let pair = builder.stream("l", Self.text).paired(
            with: builder.stream("r", Self.text),
            within: JoinWindows(
                before: .milliseconds(before), after: .milliseconds(after), grace: .milliseconds(grace)),
            StreamJoined(name: "j", storeName: "s"))
        switch kind {
        case .inner: pair.join { try joiner($0, $1) }.to("out", Self.textOut)
        case .left: pair.leftJoin { try joiner($0, $1) }.to("out", Self.textOut)
        case .outer: pair.outerJoin { try joiner($0, $1) }.to("out", Self.textOut)
        }
        for late in [pair.lateLeft, pair.lateRight] {
            late.mapValues { late in
                let window = late.window
                return "\(late.value ?? "-") \(window.start.millisecondsSinceEpoch)-"
                    + "\(window.end.millisecondsSinceEpoch) \(late.lateness.wholeMilliseconds)"
            }.to("late", Self.textOut)
        }
        driver = try TopologyTestDriver(try builder.build(), configuration)
        left = driver.inputTopic("l", key: .string, value: .string)
        right = driver.inputTopic("r", key: .string, value: .string)
    }

    /// `L1@5 of a`: the left record `L1` of key `a` with timestamp 5; `R…`: a right one. Of key `k` where none is
    /// named.
    func send(_ records: String...) throws {
        for record in records {
            let parts = record.split(separator: " ")
            let halves = parts[0].split(separator: "@")
            let topic = halves[0].first == "L" ? left : right
            try topic.send(
                parts.count > 2 ? String(parts[2]) : "k", String(halves[0]), at: Timestamp(Int64(halves[1]) ?? 0))
        }
    }

    /// `value@timestamp` of what came out since the last call.
    func lines(_ topic: String = "out") throws -> [String] {
        try driver.outputTopic(topic, key: .string, value: .string).readAll().map { record in
            "\(record.value ?? "nil")@\(record.timestamp.millisecondsSinceEpoch)"
        }
    }
}
