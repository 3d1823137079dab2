import Testing

@Suite("Banned calls")
struct BannedTests {
    @Test("no banned call", arguments: Rules.bans.map(\.pattern))
    func calls(pattern: String) {
        for ban in Rules.bans where ban.pattern == pattern {
            for file in SourceTree.swiftFiles
            where ban.folders.contains(where: file.isIn) && file.code.contains(pattern) {
                for (index, line) in file.code.lines.enumerated() where occurs(pattern, in: line) {
                    Issue.record("\(file.path):\(index + 1) calls \(pattern) – instead: \(ban.instead)")
                }
            }
        }
    }

    @Test("unfinished work stands in an issue, not in the code")
    func unfinished() {
        for file in SourceTree.swiftFiles {
            let words = Rules.unfinishedWords.filter { SwiftText.contains($0, in: Array(file.text.utf8)) }
            guard !words.isEmpty else { continue }
            for (index, line) in file.lines.enumerated() {
                for word in words where line.contains(word) {
                    Issue.record("\(file.path):\(index + 1) says \(word): finish it, or file an issue")
                }
            }
        }
    }

    @Test("what the compiler does not check about sharing has its reason, and does not grow")
    func unchecked() {
        let words = ["@unchecked Sendable", "nonisolated(unsafe)"]
        let reasons = [
            "sendable", "unchecked", "thread", "lock", "guard", "mutex", "immutable", "never shared", "once",
        ]
        var count = 0
        for file in SourceTree.swiftFiles where !file.isIn("Tests/TidyTests") {
            guard words.contains(where: file.code.contains) else { continue }
            let code = file.code.lines
            let lines = file.lines
            for (index, line) in code.enumerated() where words.contains(where: line.contains) {
                count += 1
                let comment = commentAbove(index, in: lines).lowercased()
                if !reasons.contains(where: comment.contains) {
                    Issue.record(
                        "\(file.path):\(index + 1): say above it what guards it, and on which threads it lives")
                }
            }
        }
        #expect(
            count <= Rules.uncheckedMaximum,
            "\(count) unchecked conformances and variables; Rules.uncheckedMaximum may only go down")
    }

    /// The comment lines directly above a line, attributes passed over, and a comment on the line itself.
    private func commentAbove(_ index: Int, in lines: [Substring]) -> String {
        var text = String(lines[index])
        var above = index - 1
        while above >= 0 {
            let line = lines[above].drop { $0 == " " }
            guard line.hasPrefix("//") || line.hasPrefix("@") else { break }
            text += line + "\n"
            above -= 1
        }
        return text.replacing("@unchecked Sendable", with: "").replacing("nonisolated(unsafe)", with: "")
    }

    /// Whether `pattern` stands in the code of a line as a word of its own, not as a method of something or a
    /// declaration.
    private func occurs(_ pattern: String, in line: String) -> Bool {
        for range in line.ranges(of: pattern) {
            let before = line[..<range.lowerBound]
            let isPartOfName = before.last.map { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." } ?? false
            if !isPartOfName && !before.hasSuffix("func ") { return true }
        }
        return false
    }
}
