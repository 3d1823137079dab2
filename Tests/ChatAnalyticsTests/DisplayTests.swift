import ChatAnalyticsKit
import Testing

@Suite("Display")
struct DisplayTests {
    @Test("a table's columns are as wide as their widest cell")
    func table() {
        var table = TextTable("Talkers", [.text("nick"), .number("messages")])
        table.append("ada", "1,200")
        table.append("b\u{1B}[2Jo", "3")
        #expect(
            table.lines == [
                "Talkers",
                "  nick    messages",
                "  ──────  ────────",
                "  ada        1,200",
                "  b?[2Jo         3",
            ])
    }

    @Test("thousands stand apart", arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (-220_271, "-220,271")])
    func numbers(number: Int, text: String) { #expect(grouped(number) == text) }

    @Test("progress", arguments: [(0, "[----]   0 %"), (1, "[#---]  25 %"), (4, "[####] 100 %")])
    func progress(done: Int, text: String) {
        #expect(progressBar(done: done, of: 4, width: 4) == text)
    }

    @Test("a terminal is redrawn in place")
    func terminal() {
        let written = Written()
        var screen = LiveScreen(style: .terminal(width: 10)) { written.texts.append($0) }
        screen.show(summary: "one", details: ["a line too long", "b"], now: 0)
        screen.show(summary: "two", details: [], now: 1)
        screen.print(["done"])
        #expect(written.texts == ["one\na line to\nb\n", "\u{1B}[3A\r\u{1B}[Jtwo\n", "\u{1B}[1A\r\u{1B}[Jdone\n"])
    }

    @Test("a pipe gets plain lines, not too often")
    func plain() {
        let written = Written()
        var screen = LiveScreen(style: .plain(everyMilliseconds: 100)) { written.texts.append($0) }
        for now in stride(from: 0, through: 250, by: 50) as StrideThrough<Int64> {
            screen.show(summary: "at \(now)", details: ["never"], now: now)
        }
        screen.print(["done"])
        #expect(written.texts == ["at 0\n", "at 100\n", "at 200\n", "done\n"])
    }

    private final class Written { var texts: [String] = [] }
}

@Suite("Command line")
struct OptionsTests {
    @Test("all options")
    func all() {
        let words = "--logs a --data b --partitions 8 --threads 3 --seed 9 --lines 10 --ask ada".split(separator: " ")
        var expected = Options()
        expected.logs = "a"
        expected.data = "b"
        expected.partitions = 8
        expected.threads = 3
        expected.seed = 9
        expected.lines = 10
        expected.ask = "ada"
        #expect(Options.parse(words.map(String.init)) == .run(expected))
        #expect(Options.parse([]) == .run(Options()))
    }

    @Test(
        "mistakes are named",
        arguments: [
            (["--frob"], "unknown option --frob"), (["--logs"], "--logs needs a value"),
            (["--threads", "0"], "--threads 0: a number from 1 to 64 is needed"),
            (["--partitions", "x"], "--partitions x: a number from 1 to 64 is needed"),
            (["--logs", ""], "--logs : it must not be empty"),
        ])
    func mistakes(words: [String], text: String) { #expect(Options.parse(words) == .mistake(text)) }

    @Test("help wins and shows examples", arguments: ["--help", "-h"])
    func help(word: String) {
        #expect(Options.parse(["--lines", "5", word]) == .help)
        #expect(Options.help.contains("Examples:"))
    }
}

@Suite("Tables of the example")
struct ChatTablesTests {
    @Test("final tables")
    func final() {
        var totals = ChatTotals()
        let log = "[09:14] <ada> bo: hi\n[09:14] <ada> x\n[10:00] <bo> y\n=== z\n"
        ChatLogParser.forEachLine(of: Array(log.utf8), day: ChatDay(daysSinceEpoch: 12_777)) { totals.add($0) }
        totals.rankTalkers()
        #expect(
            ChatTables.final(totals).joined(separator: "\n") == """
                Lines
                  kind                 lines
                  ───────────────────  ─────
                  messages                 3
                  actions                  0
                  renames and notices      1
                  others                   0
                  all                      4
                  of them undecodable      0

                Top 10 talkers
                  #  nick  messages  active days
                  ─  ────  ────────  ───────────
                  1  ada          2            1
                  2  bo           1            1

                Who speaks to whom
                  from  to  mentions
                  ────  ──  ────────
                  ada   bo         1

                Busiest hours
                  from              messages
                  ────────────────  ────────
                  2004-12-25 09:00         2
                  2004-12-25 10:00         1

                Busiest minutes
                  from              messages
                  ────────────────  ────────
                  2004-12-25 09:14         2
                  2004-12-25 10:00         1
                """)
    }
}
