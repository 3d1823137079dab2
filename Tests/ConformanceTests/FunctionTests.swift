import Testing

@testable import ConformanceKit

@Suite("Named functions of the format")
struct FunctionTests {
    @Test(
        "string functions",
        arguments: [
            ("value", "k", "v", "v"), ("key", "k", "v", "k"), ("null", "k", "v", nil), ("const:a:b", "k", "v", "a:b"),
            ("upper", nil, "ab", "AB"), ("upper", nil, nil, nil), ("append:!", nil, nil, "null!"),
            ("appendKey:!", "k", nil, "k!"), ("prefixKey", nil, "v", "null:v"), ("nullIfContains:x", "k", "axb", nil),
            ("nullIfContains:x", "k", "ab", "ab"), ("keyUnlessValueContains:x", "k", "ax", nil),
            ("keyUnlessValueContains:x", "k", nil, "k"), ("firstChar", nil, "abc", "a"), ("firstChar", nil, "", nil),
            ("lastChar", nil, "abc", "c"), ("keyFirstChar", "key", nil, "k"), ("field:1", nil, "a|b|", "b"),
            ("field:2", nil, "a|b|", nil), ("field:3", nil, "a|b|", nil), ("field:0", nil, nil, nil),
            ("length", nil, nil, "-1"), ("length", nil, "four", "4"), ("parity", nil, "-7", "odd"),
            ("parity", nil, "8", "even"), ("parity", nil, "8.0", "nan"), ("throwIfContains:x", nil, "ab", "ab"),
        ] as [(String, String?, String?, String?)])
    func stringFunction(name: String, key: String?, value: String?, expected: String?) throws {
        #expect(try StringFunctions.named(name)(key, value) == expected)
    }

    @Test("throwIfContains throws where the value contains it")
    func throwing() throws {
        let function = try StringFunctions.named("throwIfContains:x")
        #expect(throws: ScenarioFailure(value: "ax")) { try function("k", "ax") }
    }

    @Test(
        "predicates",
        arguments: [
            ("valueContains:b", nil, "abc", true), ("valueContains:", nil, "abc", true),
            ("valueContains:b", nil, nil, false), ("keyContains:k", "k", nil, true), ("valueNotNull", nil, "", true),
            ("keyNotNull", nil, "", false), ("valueLonger:2", nil, "abc", true), ("valueLonger:3", nil, "abc", false),
            ("valueIntOver:3", nil, "4", true), ("valueIntOver:3", nil, "+4", false),
            ("valueIntOver:3", nil, "1234567890123456789", false), ("valueEven", nil, "-2", true),
            ("valueEven", nil, "-", false), ("true", nil, nil, true), ("false", "a", "a", false),
        ] as [(String, String?, String?, Bool)])
    func predicate(name: String, key: String?, value: String?, expected: Bool) throws {
        #expect(try Predicates.named(name)(key, value) == expected)
    }

    @Test(
        "combiners",
        arguments: [
            ("concat", "a", nil, "a+null"), ("minus", nil, "b", "null-b"), ("join", "a", "b", "a&b"),
            ("sum", "2", "-3", "-1"), ("diff", "x", "3", "-3"), ("max", "b", "a", "b"), ("max", "a", "b", "b"),
            ("max", nil, "null", nil), ("min", "b", "a", "a"), ("first", nil, "b", nil), ("last", "a", nil, nil),
            ("nullOn:b", "a", "abc", nil), ("nullOn:b", "a", nil, "a+null"), ("sumNullOn0", "2", "-2", nil),
            ("diffNullOn0", "5", "4", "1"),
        ] as [(String, String?, String?, String?)])
    func combiner(name: String, left: String?, right: String?, expected: String?) throws {
        #expect(try Combiners.named(name)(left, right) == expected)
    }

    @Test("aggregators are combiners of the aggregate and the value, and more")
    func aggregators() throws {
        #expect(try Aggregators.named("concat")("k", "v", "a") == "a+v")
        #expect(try Aggregators.named("keyConcat")("k", nil, "a") == "a+k:null")
        #expect(try Aggregators.named("countUp")("k", nil, nil) == "1")
        #expect(try Aggregators.named("countDown")("k", nil, "1") == "0")
    }

    @Test("joiners")
    func joiners() throws {
        #expect(try Joiners.named("concat")("k", "l", nil) == "l|null")
        #expect(try Joiners.named("keyed")(nil, "l", "r") == "null=l|r")
        #expect(try Joiners.named("nullIfLeftContains:l")("k", "l", "r") == nil)
        #expect(try Joiners.named("nullIfRightContains:l")("k", "l", nil) == "l|null")
        #expect(try Joiners.named("nullIfEqual")("k", nil, "null") == nil)
    }

    @Test("list functions")
    func lists() throws {
        #expect(try ListFunctions.named("words")("k", "a,,b,") == ["a", "b"])
        #expect(try ListFunctions.named("chars")("k", nil) == [])
        #expect(try ListFunctions.named("dup")("k", nil) == [nil, nil])
        #expect(try ListFunctions.named("keyAndValue")(nil, "v") == [nil, "v"])
        #expect(try ListFunctions.named("none")("k", "v") == [])
    }

    @Test("extractors")
    func extractors() throws {
        func time(_ name: String, _ value: String?) throws -> Int64? {
            try ScenarioExtractor(FunctionName(name))?.timestamp(of: value, recordTime: 7, partitionTime: nil)
        }
        #expect(try time("valueField:1", "a|12") == 12)
        #expect(try time("valueField:1", "a") == 7)
        #expect(try time("valueFieldOrSkip:1", nil) == -1)
        #expect(try time("valueFieldOrPartitionTime:0", "x") == -1)
        #expect(try time("shift:-10", "x") == -3)
        #expect(try time("logAndSkip", "x") == nil)
    }

    @Test("an unknown function is reported, not a crash")
    func unknown() {
        #expect(throws: NotYetSupported.self) { try Predicates.named("sometimes") }
        #expect(throws: NotYetSupported.self) { try StringFunctions.named("rot13") }
        #expect(throws: NotYetSupported.self) { try StringFunctions.named("field:x") }
        #expect(throws: NotYetSupported.self) { try Combiners.named("nullOn") }
        #expect(throws: NotYetSupported.self) { try Aggregators.named("median") }
        #expect(throws: NotYetSupported.self) { try Joiners.named("zip") }
    }
}
