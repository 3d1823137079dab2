import ChatAnalyticsKit
import Foundation
import MillraceCore
import Testing

@Suite("IRC log lines")
struct ChatLogParserTests {
    static let day = ChatDay(daysSinceEpoch: 12_777)

    private func parse(_ text: String) -> ChatLogParser.Line { parse(Array(text.utf8)) }

    private func parse(_ bytes: [UInt8]) -> ChatLogParser.Line {
        var parser = ChatLogParser(day: ChatLogParserTests.day)
        return parser.parse(bytes[...])
    }

    @Test(
        "shapes",
        arguments: [
            ("[09:14] <ada> hello", ChatLine.Kind.message, "ada", "hello"),
            ("[09:14] <ada>", .message, "ada", ""),
            ("[09:14] <ada>  two spaces ", .message, "ada", " two spaces "),
            ("[09:14] <[ANF] Ninja> x > y", .message, "[ANF] Ninja", "x > y"),
            ("[09:14]  * ada waves", .action, "ada", "waves"),
            ("[09:14]  * ada", .action, "ada", ""),
            ("=== ada is now known as eva", .notice, "", "=== ada is now known as eva"),
            ("===", .notice, "", "==="),
            ("[09:14] (ada/#chat) hm", .other, "", "[09:14] (ada/#chat) hm"),
            ("[09:14] <ada", .other, "", "[09:14] <ada"),
            ("[24:00] <ada> x", .other, "", "[24:00] <ada> x"),
            ("[0a:00] <ada> x", .other, "", "[0a:00] <ada> x"),
            ("", .other, "", ""),
            ("[09:14] <ada> dos\r", .message, "ada", "dos"),
        ])
    func shapes(text: String, kind: ChatLine.Kind, nick: String, said: String) {
        let line = parse(text)
        #expect(line.line == ChatLine(kind: kind, day: ChatLogParserTests.day, text: said))
        #expect(line.nick == nick)
    }

    @Test("the time is the file's day with the line's minute, notices take that of the line before")
    func times() {
        var parser = ChatLogParser(day: ChatLogParserTests.day)
        let texts = ["=== a", "[23:59] <a> x", "=== b", "[00:01] <a> clock ran back"]
        let minutes = texts.map {
            (parser.parse(Array($0.utf8)[...]).timestamp.millisecondsSinceEpoch / 60_000) - 12_777 * 1_440
        }
        #expect(minutes == [0, 1_439, 1_439, 1])
    }

    @Test("bytes that are no UTF-8 are replaced and noted")
    func undecodable() {
        let line = parse(Array("[09:14] <ad".utf8) + [0xff] + Array("> gr".utf8) + [0xfc, 0xdf] + Array("e".utf8))
        #expect(line.nick == "ad\u{FFFD}")
        #expect(
            line.line
                == ChatLine(
                    kind: .message, day: ChatLogParserTests.day, text: "gr\u{FFFD}\u{FFFD}e",
                    hadUndecodableBytes: true))
    }

    @Test("any bytes at all give a line", arguments: 0..<200 as Range<UInt64>)
    func noise(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("[]<>*: =0129a\r".utf8) + [0xc3, 0xa4, 0xff]
        let start = ["", "[09:14] ", "[09:14] <", "[09:14]  * ", "==="].randomElement(using: &generator) ?? ""
        let bytes =
            Array(start.utf8)
            + (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
        let line = parse(bytes)
        let isValid = String(validating: bytes, as: UTF8.self) != nil
        #expect(line.line.hadUndecodableBytes == !isValid, "seed \(seed)")
        #expect(ChatLine.Kind.allCases.contains(line.line.kind), "seed \(seed)")
    }

    @Test("lines are cut at line breaks; the last needs none")
    func cutting() {
        var texts: [String] = []
        ChatLogParser.forEachLine(of: Array("=== a\n\n[00:00] <b> c".utf8), day: ChatLogParserTests.day) {
            texts.append($0.line.text)
        }
        #expect(texts == ["=== a", "", "c"])
    }

    @Test(
        "days",
        arguments: [("1970-01-01.log", 0), ("2004-12-25.log", 12_777), ("2000-02-29", 11_016), ("2018-01-01", 17_532)])
    func days(name: String, number: Int32) {
        #expect(ChatDay(fileName: name)?.daysSinceEpoch == number)
        #expect(ChatDay(daysSinceEpoch: number).description == String(name.prefix(10)))
    }

    @Test("names that are no day", arguments: ["", "README.md", "2004-13-01.log", "2004_12_25.log", "20041225.log"])
    func noDays(name: String) { #expect(ChatDay(fileName: name) == nil) }

    @Test(
        "whom a message speaks to",
        arguments: [
            ("ada: hello", "ada"), ("ada:", "ada"), ("|QuaD-|: x", "|QuaD-|"), ("`anthony: hi", "`anthony"),
            ("ada:hello", nil), ("http://x", nil), (": x", nil), ("ada hello", nil), ("ada bo: x", nil), ("", nil),
            ("3: x", nil), ("-a: x", nil), ("ä: x", nil), ("a.b: x", nil), ("ada, x", nil),
            (String(repeating: "n", count: 32) + ": x", String(repeating: "n", count: 32)),
            (String(repeating: "n", count: 33) + ": x", nil),
        ] as [(String, String?)])
    func mentions(text: String, nick: String?) {
        #expect(MentionParser.mentionedNick(in: text) == nick)
    }
}

/// Numbers from a seed, the same on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
