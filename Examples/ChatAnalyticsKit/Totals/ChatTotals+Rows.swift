public import MillraceCore

extension ChatTotals {
    /// Totals from the rows of the stores that `ChatTopology` keeps. Pure: who reads the rows, and how, is the
    /// caller's business.
    ///
    /// - Parameters:
    ///   - lines: by the name of their kind, and by `ChatLine.undecodable`; other names are passed over.
    ///   - minutes: messages by day and start of the minute; rows of one minute add up.
    ///   - hours: the same for hours.
    public init(
        lines: [(String, Int64)], nicks: [(String, NickActivity)] = [], topTalkers: TopTalkers? = nil,
        mentions: [(Mention, Int64)] = [], minutes: [(Timestamp, Int64)] = [], hours: [(Timestamp, Int64)] = []
    ) {
        self.init()
        for (name, count) in lines {
            if name == ChatLine.undecodable { linesWithUndecodableBytes += count }
            if let kind = ChatLine.Kind.allCases.first(where: { $0.name == name }) {
                linesByKind[kind, default: 0] += count
            }
        }
        for (nick, activity) in nicks { self.nicks[nick] = activity }
        self.topTalkers = topTalkers ?? TopTalkers()
        for (mention, count) in mentions { self.mentions[mention, default: 0] += count }
        for (start, count) in minutes { messagesPerMinute[start, default: 0] += count }
        for (start, count) in hours { messagesPerHour[start, default: 0] += count }
    }
}

extension ChatLine {
    /// What a line with bytes that are no UTF-8 counts as, besides its kind.
    public static let undecodable = "undecodable"

    /// The names under which this line is counted.
    public var countedAs: [String] { hadUndecodableBytes ? [kind.name, ChatLine.undecodable] : [kind.name] }
}

extension ChatLine.Kind {
    public var name: String {
        switch self {
        case .message: "message"
        case .action: "action"
        case .notice: "notice"
        case .other: "other"
        }
    }
}
