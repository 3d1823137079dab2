public import MillraceCore

/// The tables the example shows. Pure: totals in, text out.
public enum ChatTables {
    /// How many rows the tables of busy hours, minutes and mentions have.
    public static let rowLimit = 5

    /// All final tables, an empty line between them.
    public static func final(_ totals: ChatTotals) -> [String] {
        let tables = [
            kinds(totals), talkers(totals.topTalkers, activity: { totals.nicks[$0] }), mentions(totals.mentions),
            times("Busiest hours", totals.messagesPerHour), times("Busiest minutes", totals.messagesPerMinute),
        ]
        return Array(tables.map(\.lines).joined(separator: [""]))
    }

    /// Top talkers, with their active days where those are known.
    public static func talkers(_ top: TopTalkers, activity: (String) -> NickActivity?) -> TextTable {
        var table = TextTable(
            "Top \(TopTalkers.limit) talkers",
            [.number("#"), .text("nick"), .number("messages"), .number("active days")])
        for (index, talker) in top.talkers.enumerated() {
            let days = activity(talker.nick).map { grouped($0.activeDayCount) } ?? "?"
            table.append("\(index + 1)", talker.nick, grouped(talker.messageCount), days)
        }
        return table
    }

    static func kinds(_ totals: ChatTotals) -> TextTable {
        var table = TextTable("Lines", [.text("kind"), .number("lines")])
        table.append("messages", grouped(totals.lineCount(of: .message)))
        table.append("actions", grouped(totals.lineCount(of: .action)))
        table.append("renames and notices", grouped(totals.lineCount(of: .notice)))
        table.append("others", grouped(totals.lineCount(of: .other)))
        table.append("all", grouped(totals.lineCount))
        table.append("of them undecodable", grouped(totals.linesWithUndecodableBytes))
        return table
    }

    static func mentions(_ mentions: [Mention: Int64]) -> TextTable {
        var table = TextTable("Who speaks to whom", [.text("from"), .text("to"), .number("mentions")])
        let first = mentions.sorted { left, right in
            left.value != right.value ? left.value > right.value : left.key.description < right.key.description
        }
        for (mention, count) in first.prefix(rowLimit) { table.append(mention.from, mention.to, grouped(count)) }
        return table
    }

    static func times(_ title: String, _ counts: [Timestamp: Int64]) -> TextTable {
        var table = TextTable(title, [.text("from"), .number("messages")])
        let first = counts.sorted { left, right in
            left.value != right.value ? left.value > right.value : left.key < right.key
        }
        for (start, count) in first.prefix(rowLimit) { table.append(minuteText(start), grouped(count)) }
        return table
    }

    /// "2004-12-25 09:14"
    public static func minuteText(_ timestamp: Timestamp) -> String {
        let day = ChatDay(of: timestamp)
        let minute = timestamp.milliseconds(since: day.at(hour: 0, minute: 0)) / 60_000
        return "\(day) \(twoDigits(Int(minute / 60))):\(twoDigits(Int(minute % 60)))"
    }
}
