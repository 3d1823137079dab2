import MillraceCore
import Testing

@testable import MillraceCommand

@Suite("What is printed")
struct OutputTests {
    @Test("columns stand under each other, numbers to the right, nothing is a dash")
    func table() {
        var table = Table("TOPIC", "PARTITIONS", "NOTE")
        table.append("lines", "12", "a\nb")
        table.append("a-longer-name", "3", "")
        #expect(
            table.text == """
                TOPIC          PARTITIONS  NOTE
                lines                  12  a b
                a-longer-name           3  -

                """)
    }

    @Test("an empty table has its heads")
    func emptyTable() { #expect(Table("A", "B").text == "A  B\n") }

    @Test(
        "JSON is escaped as it must be",
        arguments: [
            (JSON.string("a\"b\\c\n\t\u{1}é😀"), #""a\"b\\c\n\t\u0001é😀""#), (.null, "null"), (.bool(true), "true"),
            (.integer(-9_223_372_036_854_775_808), "-9223372036854775808"), (.number(1.5), "1.5"),
            (.number(.infinity), "null"), (.array([.integer(1), .integer(2)]), "[1,2]"),
            (.object([.init(name: "a", value: [:]), .init(name: "b", value: [])]), #"{"a":{},"b":[]}"#),
        ])
    func json(value: JSON, text: String) { #expect(value.text == text) }

    @Test("bytes that are no text are shown in digits, and told in base 64")
    func bytes() {
        #expect(BytesText.shown(nil) == "null")
        #expect(BytesText.shown(Array("häh".utf8)) == "häh")
        #expect(BytesText.shown([0, 255]) == "0x00ff")
        #expect(BytesText.json([0xff]).text == #"{"base64":"/w=="}"#)
        #expect(BytesText.json([0xff, 0xfe]).text == #"{"base64":"//4="}"#)
        #expect(BytesText.json([0xff, 0xfe, 0]).text == #"{"base64":"//4A"}"#)
        #expect(BytesText.json([UInt8]()).text == #""""#)
    }

    @Test("a report of several things fails where one has failed")
    func outcomes() {
        let report = Report([
            Outcome(subject: "a", done: "created"), Outcome(subject: "b", done: "created", failure: "is there"),
        ])
        #expect(report.text == "a: created\n")
        #expect(report.failures == ["b: is there"])
        #expect(report.exitCode == .failure)
    }
}
