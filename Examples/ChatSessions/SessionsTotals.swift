import ChatAnalyticsKit
import Millrace

/// The same results by a plain fold over all lines, sorted by time; it shares no code with the streams but the parsing
/// of lines. Pure.
struct SessionsTotals {
    private(set) var nicks: [String: NickSessions] = [:]
    private(set) var exchanges: [Pair: Int64] = [:]

    private var times: [String: [Int64]] = [:]
    private var questions: [Pair: [Int64]] = [:]
    private var answers: [Pair: [Int64]] = [:]

    mutating func add(_ line: ChatLogParser.Line) {
        guard line.line.kind == .message else { return }
        let time = line.timestamp.millisecondsSinceEpoch
        times[line.nick, default: []].append(time)
        guard let mentioned = MentionParser.mentionedNick(in: line.line.text) else { return }
        answers[Pair(asker: mentioned, asked: line.nick), default: []].append(time)
        if line.line.text.contains("?") {
            questions[Pair(asker: line.nick, asked: mentioned), default: []].append(time)
        }
    }

    /// Call once, after the last line.
    mutating func finish() {
        for (nick, times) in times {
            var sum = NickSessions(messageCount: Int64(times.count))
            var last: Int64?
            for time in times.sorted() {
                if let last, time - last <= 30 * 60_000 {
                    sum.onlineMilliseconds += time - last
                } else {
                    sum.sessionCount += 1
                }
                last = time
            }
            nicks[nick] = sum
        }
        for (pair, asked) in questions {
            let answered = answers[pair] ?? []
            let count = asked.reduce(0) { sum, time in
                sum + answered.count { (time...time + 10 * 60_000).contains($0) }
            }
            if count > 0 { exchanges[pair] = Int64(count) }
        }
    }

    /// What the streams' results have differently; empty where all is right.
    func differences(nicks found: [String: NickSessions], exchanges foundExchanges: [Pair: Int64]) -> [String] {
        var lines: [String] = []
        for nick in Set(nicks.keys).union(found.keys).sorted() where nicks[nick] != found[nick] {
            lines.append("\(nick): \(text(found[nick])) instead of \(text(nicks[nick]))")
        }
        for pair in Set(exchanges.keys).union(foundExchanges.keys) where exchanges[pair] != foundExchanges[pair] {
            lines.append("\(pair): \(text(foundExchanges[pair])) instead of \(text(exchanges[pair])) answers")
        }
        return lines
    }

    private func text(_ value: Any?) -> String { value.map { "\($0)" } ?? "nothing" }
}
