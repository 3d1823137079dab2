import MillraceCore
import Testing

@testable import MillraceCommand

@Suite("Command lines are parsed")
struct ParserTests {
    private struct Sample: Command {
        static let name = Argument("NAME", ValueKind<String>.text, "A name.")
        static let rest = Argument(
            "REST", ValueKind<Int>.number(0...9), presence: .optional, isRepeated: true, "Digits.")
        static let count = Option(
            "count", short: "c", "N", ValueKind<Int>.number(1...10), presence: .defaults(to: "3"), "A count.")
        static let tag = Option("tag", "TEXT", ValueKind<String>.anyText, isRepeated: true, "Tags.")
        static let must = Option("must", "TEXT", ValueKind<String>.text, presence: .required, "Must be there.")
        static let flag = Flag("flag", short: "f", "A flag.")
        static let declaration = CommandDeclaration(
            "sample run", "A sample", parameters: [name, rest, count, tag, must, flag], examples: [])

        let nameText: String
        let digits: [Int]
        let number: Int
        let tags: [String]
        let isFlagged: Bool

        init(_ arguments: ParsedArguments) throws(UsageError) {
            nameText = try arguments.value(Self.name)
            digits = try arguments.all(Self.rest)
            number = try arguments.value(Self.count)
            tags = try arguments.all(Self.tag)
            isFlagged = arguments.isSet(Self.flag)
            _ = try arguments.value(Self.must)
        }

        func run(in context: CommandContext) throws -> ExitCode { .success }
    }

    private let parser = CommandLineParser(
        groups: [CommandGroup(words: ["sample"], summary: "Samples")], commands: [CommandEntry(Sample.self)],
        version: "1")

    private func sample(_ words: String...) throws -> Sample {
        guard case .run(let command) = try parser.parse(["sample", "run"] + words) else {
            throw UsageError("not a command")
        }
        return try #require(command as? Sample)
    }

    private func message(_ words: String...) -> String? {
        do throws(UsageError) {
            _ = try parser.parse(words)
            return nil
        } catch {
            return error.message
        }
    }

    @Test("options stand before, between and behind arguments, with a space or an equals sign")
    func places() throws {
        let first = try sample("--must", "x", "a", "1", "--count=7", "2", "-f")
        #expect(first.nameText == "a")
        #expect(first.digits == [1, 2])
        #expect(first.number == 7)
        #expect(first.isFlagged)
        #expect(try sample("a", "--must=x").number == 3)
        #expect(try sample("a", "--must=x", "-c", "4").number == 4)
        #expect(try sample("a", "--must=x", "-c4").number == 4)
    }

    @Test("behind -- everything is an argument; a lone dash is one, too")
    func dashes() throws {
        #expect(try sample("--must=x", "--", "--flag").nameText == "--flag")
        #expect(try sample("--must=x", "-").nameText == "-")
    }

    @Test("a repeated option gathers values, also empty ones and such with equals signs or dashes")
    func repeated() throws {
        #expect(
            try sample("a", "--must=x", "--tag", "b", "--tag=", "--tag=c=d", "--tag", "-1").tags == [
                "b", "", "c=d", "-1",
            ])
    }

    @Test(
        "what is wrong is said, with what to do",
        arguments: [
            (["a"], "--must TEXT is missing: Must be there."),
            (["--must=x"], "NAME is missing: A name."),
            (["a", "--must=x", "--count", "11"], "--count needs a whole number from 1 to 10, not '11'"),
            (["a", "--must=x", "--count", "x"], "--count needs a whole number from 1 to 10, not 'x'"),
            (["a", "x", "--must=x"], "REST needs a whole number from 0 to 9, not 'x'"),
            (["a", "--must=x", "--conut", "1"], "there is no option --conut, did you mean '--count'?"),
            (["a", "--must=x", "--zzzzz"], "there is no option --zzzzz"),
            (["a", "--must=x", "-z"], "there is no option -z"),
            (["a", "--must=x", "--must=y"], "--must is given twice"),
            (["a", "--must"], "--must needs a value: TEXT"),
            (["a", "--must", "--flag"], "--must needs a value: TEXT"),
            (["a", "--must=x", "--flag=yes"], "--flag takes no value"),
            (["a", "--must="], "--must needs some text, not ''"),
        ])
    func errors(words: [String], expected: String) {
        do throws(UsageError) {
            _ = try parser.parse(["sample", "run"] + words)
            Issue.record("\(words) was taken")
        } catch {
            #expect(error.message == expected)
            #expect(error.text.hasSuffix("See: millrace sample run --help"))
        }
    }

    @Test("unknown commands are answered with those that there are, or the one that was meant")
    func commands() {
        #expect(message("sample") == "'sample' needs one more word; there are: run")
        #expect(message("sample", "rnu") == "there is no command 'sample rnu', did you mean 'run'?")
        #expect(message("sample", "walk") == "there is no command 'sample walk'; there are: run")
        #expect(message("sample", "ru") == "there is no command 'sample ru', did you mean 'run'?")
        #expect(message("sampel") == "there is no command 'sampel', did you mean 'sample'?")
        #expect(message("--flag") == "a command comes first; '--flag' stands where one is expected")
    }

    @Test("a word too many is named where a command takes no more")
    func tooMany() {
        do throws(UsageError) {
            _ = try Catalogue.parser.parse(["completion", "bash", "zsh"])
            Issue.record("it was taken")
        } catch {
            #expect(error.message == "'zsh' is one word too many")
        }
    }

    @Test(
        "help comes wherever it is asked for",
        arguments: [
            ([], "Usage: millrace <command>"), (["--help"], "Usage: millrace <command>"),
            (["help"], "Usage: millrace <command>"), (["sample", "--help"], "Usage: millrace sample <command>"),
            (["sample", "run", "--help"], "Usage: millrace sample run --must TEXT [options] NAME [REST …]"),
            (["help", "sample", "run"], "Usage: millrace sample run"),
            (["sample", "run", "--count", "99", "-h"], "Usage: millrace sample run"), (["--version"], "millrace 1"),
        ])
    func help(words: [String], expected: String) throws {
        guard case .show(let text) = try parser.parse(words) else {
            Issue.record("\(words) runs something")
            return
        }
        #expect(text.contains(expected))
    }
}

@Suite("Kinds of values")
struct ValueKindTests {
    @Test(
        "durations, in short and in ISO 8601",
        arguments: [
            ("500ms", 500), ("30s", 30_000), ("5m", 300_000), ("1h", 3_600_000), ("7d", 604_800_000),
            ("-1h", -3_600_000),
            ("PT1H30M", 5_400_000), ("P1DT1S", 86_401_000), ("pt0.5s", 500), ("P2W", 1_209_600_000), ("-PT1S", -1_000),
        ] as [(String, Int64?)]
            + ["", "5", "s", "5 s", "5y", "1.5h", "P", "PT", "P1H", "PT1D", "PTT1S", "9223372036854775807d"]
            .map { ($0, nil) })
    func durations(text: String, milliseconds: Int64?) {
        #expect(DurationText.parse(text)?.wholeMilliseconds == milliseconds)
    }

    @Test(
        "dates and times",
        arguments: [
            ("1970-01-01", 0), ("2026-11-26T22:50:01.250Z", 1_795_733_401_250), ("2024-02-29T00:00", 1_709_164_800_000),
            ("2026-11-26T22:50:01+01:00", 1_795_729_801_000), ("2026-11-26T22:50:01.5", 1_795_733_401_500),
            ("1969-12-31T23:59:59.999Z", -1), ("2026-11-26T22:50:01-0130", 1_795_738_801_000),
            ("2000-01-01 00:00:00", 946_684_800_000),
        ] as [(String, Int64?)]
            + [
                "", "2026", "2026-13-01", "2026-02-29", "2026-11-31", "2026-11-26T", "2026-11-26T24:00",
                "2026-11-26T22:60", "2026-11-26T22:50:01.", "2026-11-26T22:50:01Zx", "2026-11-26T22:50:01+1",
            ].map { ($0, nil) })
    func dates(text: String, milliseconds: Int64?) {
        #expect(DateTimeText.parse(text)?.millisecondsSinceEpoch == milliseconds)
    }

    @Test("what is written is read back", arguments: 0..<200 as Range<UInt64>)
    func datesThereAndBack(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        state ^= state >> 31
        state &*= 0xBF58_476D_1CE4_E5B9
        let time = Timestamp(Int64(state % 253_402_300_800_000) - 62_135_596_800_000 / 2)
        #expect(DateTimeText.parse(DateTimeText.format(time)) == time, "seed \(seed)")
    }

    @Test(
        "numbers of bytes",
        arguments: [("0", 0), ("512", 512), ("16k", 16_384), ("1MB", 1_048_576), ("2GiB", 2_147_483_648)]
            as [(String, Int?)] + ["", "k", "-1", "1.5k", "1t", "9223372036854775807k"].map { ($0, nil) })
    func byteCounts(text: String, count: Int?) {
        #expect(ValueKind<Int>.byteCount.parse(text) == count)
    }

    @Test("names of topics")
    func topics() {
        for name in ["a", "a.b_c-D9", String(repeating: "x", count: 249)] {
            #expect(ValueKind<String>.isTopicName(name))
        }
        for name in ["", ".", "..", "a b", "ä", "a/b", String(repeating: "x", count: 250)] {
            #expect(!ValueKind<String>.isTopicName(name))
        }
    }

    @Test("partitions of a topic")
    func selections() {
        #expect(TopicSelection("lines")?.partitions == nil)
        #expect(TopicSelection("lines:0,2")?.partitions == [0, 2])
        for text in ["", ":0", "lines:", "lines:x", "lines:-1", "lines:0:1", "lines:0,"] {
            #expect(TopicSelection(text) == nil, "\(text)")
        }
    }
}
