public import MillraceCore

/// Reads the lines of one day's IRC log. Pure, no I/O; the ingest calls it on its thread, the plain fold on another.
/// It never fails: a line of no known shape is `.other`, and bytes that are no UTF-8 become U+FFFD and are noted.
///
/// A log gives minutes only, and clocks run backwards in places: the time of a line is its file's day with the hour
/// and minute it shows, whatever stood before it. Lines without a time (notices) get that of the line before them.
public struct ChatLogParser {
    public struct Line: Hashable, Sendable {
        /// Who said it; empty where nobody did (notices, others).
        public var nick: String
        public var timestamp: Timestamp
        public var line: ChatLine

        public init(nick: String, timestamp: Timestamp, line: ChatLine) {
            self.nick = nick
            self.timestamp = timestamp
            self.line = line
        }
    }

    private let day: ChatDay
    private var lastTimestamp: Timestamp

    public init(day: ChatDay) {
        self.day = day
        lastTimestamp = day.at(hour: 0, minute: 0)
    }

    /// Calls `body` for each line of a file. A last line without a line break counts, an empty one does not.
    public static func forEachLine(
        of bytes: [UInt8], day: ChatDay, _ body: (Line) throws -> Void
    ) rethrows {
        var parser = ChatLogParser(day: day)
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            try body(parser.parse(bytes[start..<end]))
            start = end + 1
        }
    }

    /// Reads one line, given without its line break.
    public mutating func parse(_ bytes: ArraySlice<UInt8>) -> Line {
        let bytes = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
        guard let timestamp = readTime(bytes) else {
            let kind: ChatLine.Kind = bytes.starts(with: ChatLogParser.noticeStart) ? .notice : .other
            return make(kind, nick: [], text: bytes)
        }
        lastTimestamp = timestamp
        let rest = bytes.dropFirst(8)
        if rest.first == UInt8(ascii: "<"), let end = rest.firstIndex(of: UInt8(ascii: ">")) {
            let text = rest[(end + 1)...]
            return make(
                .message, nick: rest[(rest.startIndex + 1)..<end],
                text: text.first == UInt8(ascii: " ") ? text.dropFirst() : text)
        }
        if rest.starts(with: ChatLogParser.actionStart) {
            let words = rest.dropFirst(ChatLogParser.actionStart.count)
            let end = words.firstIndex(of: UInt8(ascii: " ")) ?? words.endIndex
            return make(.action, nick: words[..<end], text: words[end...].dropFirst())
        }
        return make(.other, nick: [], text: bytes)
    }

    private static let noticeStart = Array("===".utf8)
    /// What follows `[HH:MM] ` in an action.
    private static let actionStart = Array(" * ".utf8)

    private func make(_ kind: ChatLine.Kind, nick: ArraySlice<UInt8>, text: ArraySlice<UInt8>) -> Line {
        let (nick, isNickWhole) = ChatLogParser.decode(nick)
        let (text, isTextWhole) = ChatLogParser.decode(text)
        return Line(
            nick: nick, timestamp: lastTimestamp,
            line: ChatLine(kind: kind, day: day, text: text, hadUndecodableBytes: !(isNickWhole && isTextWhole)))
    }

    private static func decode(_ bytes: ArraySlice<UInt8>) -> (String, isWhole: Bool) {
        if let text = String(validating: bytes, as: UTF8.self) { return (text, true) }
        return (String(decoding: bytes, as: UTF8.self), false)
    }

    /// The time of `[HH:MM] `; nil where the line begins otherwise.
    private func readTime(_ bytes: ArraySlice<UInt8>) -> Timestamp? {
        let start = bytes.startIndex
        guard bytes.count >= 8, bytes[start] == UInt8(ascii: "["), bytes[start + 3] == UInt8(ascii: ":"),
            bytes[start + 6] == UInt8(ascii: "]"), bytes[start + 7] == UInt8(ascii: " "),
            let hour = digits(bytes[start + 1], bytes[start + 2]), hour < 24,
            let minute = digits(bytes[start + 4], bytes[start + 5]), minute < 60
        else { return nil }
        return day.at(hour: hour, minute: minute)
    }

    private func digits(_ tens: UInt8, _ ones: UInt8) -> Int? {
        let zero = UInt8(ascii: "0")
        guard tens >= zero, tens <= zero + 9, ones >= zero, ones <= zero + 9 else { return nil }
        return Int(tens - zero) * 10 + Int(ones - zero)
    }
}
