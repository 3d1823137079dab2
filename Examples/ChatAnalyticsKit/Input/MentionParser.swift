/// Finds whom a message speaks to: "nick: …" at its start, as IRC clients complete names. Pure.
///
/// What stands before the colon must have the form of a nick (RFC 2812, section 2.3.1: letters, digits, `-` and
/// ``[]\`_^{|}``, a letter or such a sign first), and a space or the end must follow, so that "http://…" speaks to
/// nobody. Whether somebody of that name exists is not asked.
public enum MentionParser {
    /// Longest nick that networks of the logs' time gave, with room to spare.
    public static let nickBytesMax = 32

    public static func mentionedNick(in text: String) -> String? {
        var length = 0
        var isNick = false
        for byte in text.utf8 {
            if isNick {
                guard byte == UInt8(ascii: " ") else { return nil }
                break
            }
            if byte == UInt8(ascii: ":") {
                guard length > 0 else { return nil }
                isNick = true
                continue
            }
            guard length < nickBytesMax, length == 0 ? isFirst(byte) : isLater(byte) else { return nil }
            length += 1
        }
        return isNick ? String(decoding: text.utf8.prefix(length), as: UTF8.self) : nil
    }

    private static func isFirst(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "[")...UInt8(ascii: "`"), UInt8(ascii: "{")...UInt8(ascii: "}"):
            true
        default: false
        }
    }

    private static func isLater(_ byte: UInt8) -> Bool {
        isFirst(byte) || byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
