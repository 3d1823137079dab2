import ChatAnalyticsKit
import MillraceCore

/// The rows of one instance's stores, as they travel to the one who adds them up: what is text for eyes elsewhere is
/// strings and numbers here. Pure.
struct InstanceTotals: Codable, Equatable, Sendable {
    struct Nick: Codable, Equatable, Sendable {
        var nick: String
        var messages: Int64
        /// Days since 1970.
        var days: [Int32]
    }

    struct Talker: Codable, Equatable, Sendable {
        var nick: String
        var messages: Int64
    }

    struct Mention: Codable, Equatable, Sendable {
        var from: String
        var to: String
        var count: Int64
    }

    struct Slot: Codable, Equatable, Sendable {
        var start: Int64
        var messages: Int64
    }

    var lines: [String: Int64] = [:]
    var nicks: [Nick] = []
    var talkers: [Talker] = []
    var mentions: [Mention] = []
    var minutes: [Slot] = []
    var hours: [Slot] = []

    init(_ totals: ChatTotals) {
        for (kind, count) in totals.linesByKind { lines[kind.name] = count }
        lines[ChatLine.undecodable] = totals.linesWithUndecodableBytes
        nicks = totals.nicks.map { nick, activity in
            Nick(nick: nick, messages: activity.messageCount, days: activity.activeDays.map(\.daysSinceEpoch))
        }
        talkers = totals.topTalkers.talkers.map { Talker(nick: $0.nick, messages: $0.messageCount) }
        mentions = totals.mentions.map { Mention(from: $0.from, to: $0.to, count: $1) }
        minutes = totals.messagesPerMinute.map { Slot(start: $0.millisecondsSinceEpoch, messages: $1) }
        hours = totals.messagesPerHour.map { Slot(start: $0.millisecondsSinceEpoch, messages: $1) }
    }

    /// All instances together. A row lies with one instance: no two may have the same.
    static func sum(_ parts: [InstanceTotals]) -> ChatTotals {
        ChatTotals(
            lines: parts.flatMap { $0.lines.map { ($0.key, $0.value) } },
            nicks: parts.flatMap(\.nicks).map {
                ($0.nick, NickActivity(messageCount: $0.messages, activeDays: $0.days.map(ChatDay.init)))
            },
            topTalkers: TopTalkers(
                parts.flatMap(\.talkers).map { ChatAnalyticsKit.Talker(nick: $0.nick, messageCount: $0.messages) }),
            mentions: parts.flatMap(\.mentions).map {
                (ChatAnalyticsKit.Mention(from: $0.from, to: $0.to), $0.count)
            },
            minutes: parts.flatMap(\.minutes).map { (Timestamp($0.start), $0.messages) },
            hours: parts.flatMap(\.hours).map { (Timestamp($0.start), $0.messages) })
    }
}
