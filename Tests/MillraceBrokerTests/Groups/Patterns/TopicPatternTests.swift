import Testing

@testable import MillraceBroker

@Suite("Regular expressions over topic names")
struct TopicPatternTests {
    @Test(
        "what matches as a whole",
        arguments: [
            ("orders", ["orders"], ["order", "orders2", "xorders", ""]),
            ("orders.*", ["orders", "orders-eu"], ["my-orders"]),
            ("^orders$", ["orders"], ["orders2"]),
            ("a|bc|d", ["a", "bc", "d"], ["b", "abc", ""]),
            ("(a|b)+c?", ["a", "ab", "bac"], ["c", "acc"]),
            ("[a-c]{2,3}", ["ab", "abc"], ["a", "abca", "ad"]),
            ("[^a-c]x", ["dx", "-x"], ["ax", "x"]),
            ("x{2}", ["xx"], ["x", "xxx"]),
            ("x{2,}", ["xx", "xxxx"], ["x"]),
            ("x{,2}", ["x{,2}"], ["x", "xx"]),
            ("a\\.b", ["a.b"], ["axb"]),
            ("\\d+-\\w+", ["12-a_b"], ["a-b", "12-"]),
            ("[[:alpha:]][[:^digit:]]", ["ab", "a-"], ["a1", "1a"]),
            ("[\\w.]+", ["a.b_1"], ["a-b"]),
            ("[]a]", ["]", "a"], ["b"]),
            ("[a-]", ["a", "-"], ["b"]),
            ("(?i)OrDeRs", ["orders", "ORDERS"], ["order"]),
            ("a(?i:b)c", ["abc", "aBc"], ["Abc", "abC"]),
            ("(?i)a(?-i)b", ["Ab", "ab"], ["aB"]),
            ("(?P<name>a)(?<other>b)(?:c)", ["abc"], ["ab"]),
            ("\\Qa.b\\E.*", ["a.b", "a.bc"], ["axb"]),
            ("\\Aab\\z", ["ab"], ["abb"]),
            ("\\bab\\b.*", ["ab", "ab-c"], ["abc"]),
            ("a*?b+?", ["b", "aab"], ["a"]),
            ("(a*)*", ["", "aaa"], ["b"]),
            ("()|a", ["", "a"], ["b"]),
            ("\\x61\\x{62}", ["ab"], ["a"]),
            ("\\p{Lu}\\pN", ["A1"], ["a1"]),
            ("é|a", ["a"], ["e"]),
            ("", [""], ["a"]),
        ] as [(String, [String], [String])])
    func matches(pattern: String, yes: [String], no: [String]) throws {
        let compiled = try TopicPattern(pattern)
        for name in yes { #expect(compiled.matches(name), "'\(pattern)' should match '\(name)'") }
        for name in no { #expect(!compiled.matches(name), "'\(pattern)' should not match '\(name)'") }
    }

    @Test(
        "what is refused",
        arguments: [
            "(", ")", "a)", "(a", "[a", "[z-a]", "*a", "+", "a**", "a{1001}", "a{3,2}", "\\", "\\1", "\\y", "(?=a)",
            "(?!a)",
            "(?<=a)", "(?<!a)", "(?P=n)", "(?x)a", "[[:nope:]]", "\\p{Greek}", "\\x4",
            "((a{100}){100}){100}", "(((){1000}){1000}){1000}",
            String(repeating: "(", count: 500) + String(repeating: ")", count: 500),
            String(repeating: "a", count: 1_001),
        ])
    func refused(pattern: String) {
        #expect(throws: TopicPattern.Malformed.self) { try TopicPattern(pattern) }
    }

    @Test("patterns that hang engines which backtrack take time in proportion here")
    func hostile() throws {
        for pattern in ["(a+)+$", "(a|aa)+b", "(a|a?)+b", "(.*a){20}", "(x+x+)+y"] {
            let compiled = try TopicPattern(pattern)
            _ = compiled.matches(String(repeating: "a", count: 249))
            _ = compiled.matches(String(repeating: "x", count: 249))
        }
        let names = (0..<1_000).map { "a\($0)" + String(repeating: "a", count: 240) }
        #expect(try TopicPattern("(a?){400}(a|b)*c").matching(names, steps: 100_000) == nil)
        let forks = "(" + String(repeating: "()|", count: 300) + "a)*c"
        #expect(try TopicPattern(forks).matching(names, steps: 1_000_000) == nil, "forks without letters count, too")
        #expect(try TopicPattern("a1.*").matching(names, steps: 20_000_000)?.count == 111)
    }

    @Test("any text is a pattern or an error, never a trap", arguments: 0..<2_000 as Range<UInt64>)
    func anyText(seed: UInt64) {
        var dice = SplitMix(state: seed)
        let pieces = [
            "a", "b", "-", ".", "*", "+", "?", "|", "(", ")", "[", "]", "^", "$", "\\", "{", "}", ",", "2", "(?i", ":",
            "\\d",
            "\\Q", "\\E", "[:alpha:]", "é", "<", ">", "P", "x",
        ]
        let pattern = (0..<dice.below(14)).map { _ in pieces[dice.below(pieces.count)] }.joined()
        guard let compiled = try? TopicPattern(pattern) else { return }
        _ = compiled.matches("ab-2.x")
        _ = compiled.matches("")
    }
}
