public import MillraceCore

/// All that the example counts. A plain fold over the input makes one (`add`), the stores of the running application
/// give another (`ChatStores.totals`); they must be equal. Pure.
public struct ChatTotals: Equatable, Sendable {
    public var linesByKind: [ChatLine.Kind: Int64] = [:]
    public var linesWithUndecodableBytes: Int64 = 0
    /// By the start of the minute.
    public var messagesPerMinute: [Timestamp: Int64] = [:]
    /// By the start of the hour.
    public var messagesPerHour: [Timestamp: Int64] = [:]
    public var nicks: [String: NickActivity] = [:]
    public var topTalkers = TopTalkers()
    public var mentions: [Mention: Int64] = [:]

    public init() {}

    public var lineCount: Int64 { linesByKind.values.reduce(0, +) }

    public func lineCount(of kind: ChatLine.Kind) -> Int64 { linesByKind[kind, default: 0] }

    /// Counts one line, the way a program without streams would. The talkers are ranked by `rankTalkers`.
    public mutating func add(_ line: ChatLogParser.Line) {
        linesByKind[line.line.kind, default: 0] += 1
        if line.line.hadUndecodableBytes { linesWithUndecodableBytes += 1 }
        guard line.line.kind == .message else { return }
        messagesPerMinute[ChatTotals.start(of: line.timestamp, every: 60_000), default: 0] += 1
        messagesPerHour[ChatTotals.start(of: line.timestamp, every: 3_600_000), default: 0] += 1
        nicks[line.nick, default: NickActivity()].add(messageOn: line.line.day)
        if let to = MentionParser.mentionedNick(in: line.line.text) {
            mentions[Mention(from: line.nick, to: to), default: 0] += 1
        }
    }

    /// Ranks the nicks counted so far, by sorting all of them.
    public mutating func rankTalkers() {
        topTalkers = TopTalkers(nicks.map { Talker(nick: $0.key, messageCount: $0.value.messageCount) })
    }

    /// Folds all the logs of a folder.
    public static func fold(_ folder: LogFolder) throws -> ChatTotals {
        var totals = ChatTotals()
        for file in folder.files {
            ChatLogParser.forEachLine(of: try file.read(), day: file.day) { totals.add($0) }
        }
        totals.rankTalkers()
        return totals
    }

    private static func start(of timestamp: Timestamp, every size: Int64) -> Timestamp {
        Timestamp(timestamp.millisecondsSinceEpoch / size * size)
    }
}

extension ChatTotals {
    /// What differs from the totals expected, in words: nothing where all agree, else up to `limit` differences of
    /// each kind.
    public func differences(from expected: ChatTotals, limit: Int = 3) -> [String] {
        var found: [String] = []
        for kind in ChatLine.Kind.allCases where lineCount(of: kind) != expected.lineCount(of: kind) {
            found.append("\(kind.name) lines: \(lineCount(of: kind)), expected \(expected.lineCount(of: kind))")
        }
        if linesWithUndecodableBytes != expected.linesWithUndecodableBytes {
            found.append(
                "undecodable lines: \(linesWithUndecodableBytes), expected \(expected.linesWithUndecodableBytes)")
        }
        found += compare(messagesPerMinute, expected.messagesPerMinute, "messages in the minute", limit)
        found += compare(messagesPerHour, expected.messagesPerHour, "messages in the hour", limit)
        found += compare(nicks, expected.nicks, "activity of", limit)
        found += compare(mentions, expected.mentions, "mentions", limit)
        if topTalkers != expected.topTalkers {
            found.append("top talkers: \(topTalkers.talkers), expected \(expected.topTalkers.talkers)")
        }
        return found
    }

    private func compare<Key: Hashable, Value: Equatable>(
        _ found: [Key: Value], _ expected: [Key: Value], _ what: String, _ limit: Int
    ) -> [String] {
        let keys = Set(found.keys).union(expected.keys).filter { found[$0] != expected[$0] }
        var texts = keys.sorted { "\($0)" < "\($1)" }.prefix(limit).map { key in
            let has = found[key].map { "\($0)" } ?? "none"
            let wants = expected[key].map { "\($0)" } ?? "none"
            return "\(what) \(key): \(has), expected \(wants)"
        }
        if keys.count > limit { texts.append("\(what): \(keys.count - limit) more differ") }
        return texts
    }
}
