public import MillraceCore

/// What a line of an IRC log says. It is the value of the records in the topic of lines; the key is the nick.
public struct ChatLine: Hashable, Sendable {
    public enum Kind: UInt8, CaseIterable, Hashable, Sendable {
        /// `[HH:MM] <nick> text`
        case message = 0
        /// `[HH:MM]  * nick text`, what a client sends for `/me`
        case action = 1
        /// `=== old is now known as new` and whatever else the server says
        case notice = 2
        /// Anything else
        case other = 3
    }

    public var kind: Kind
    /// The day of the log it stands in.
    public var day: ChatDay
    /// What was said; for notices and others the whole line.
    public var text: String
    /// Whether the line held bytes that are no UTF-8; they stand as U+FFFD in `text` or in the nick.
    public var hadUndecodableBytes: Bool

    public init(kind: Kind, day: ChatDay, text: String, hadUndecodableBytes: Bool = false) {
        self.kind = kind
        self.day = day
        self.text = text
        self.hadUndecodableBytes = hadUndecodableBytes
    }
}

/// One byte for the kind (bit 7: undecodable bytes were replaced), four for the day (since 1970), then the text in
/// UTF-8.
public struct ChatLineSerde: Serde {
    private static let undecodableFlag: UInt8 = 0x80

    public init() {}

    public func serialize(_ value: ChatLine, into writer: inout ByteWriter) {
        writer.append(value.kind.rawValue | (value.hadUndecodableBytes ? ChatLineSerde.undecodableFlag : 0))
        writer.append(value.day.daysSinceEpoch)
        writer.append(utf8: value.text)
    }

    public func deserialize(_ bytes: RawSpan) throws -> ChatLine {
        var reader = ByteReader()
        let head = try reader.read(UInt8.self, from: bytes)
        guard let kind = ChatLine.Kind(rawValue: head & ~ChatLineSerde.undecodableFlag) else {
            throw SerdeError("a chat line begins with \(head), which is no kind of line")
        }
        let day = ChatDay(daysSinceEpoch: try reader.read(Int32.self, from: bytes))
        return ChatLine(
            kind: kind, day: day, text: bytes.extracting(reader.position..<bytes.byteCount).lossyUTF8,
            hadUndecodableBytes: head & ChatLineSerde.undecodableFlag != 0)
    }
}
