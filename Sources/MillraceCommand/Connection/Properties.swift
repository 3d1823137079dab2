/// A properties file as Java's tools read it: `name=value`, `name: value`, comments behind `#` or `!`, lines that go on
/// behind a `\`. Pure.
enum Properties {
    static func parse(_ text: String) -> [(name: String, value: String)] {
        logicalLines(text).compactMap { line in
            guard let mark = line.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
                return line.isEmpty ? nil : (line, "")
            }
            return (trimmed(line[..<mark]), trimmed(line[line.index(after: mark)...]))
        }
    }

    private static func logicalLines(_ text: String) -> [String] {
        var lines: [String] = []
        var pending: String?
        for raw in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            var line = trimmed(raw)
            if pending == nil && (line.isEmpty || line.hasPrefix("#") || line.hasPrefix("!")) { continue }
            let goesOn = line.hasSuffix("\\")
            if goesOn { line.removeLast() }
            let whole = (pending ?? "") + line
            if goesOn {
                pending = whole
            } else {
                lines.append(whole)
                pending = nil
            }
        }
        return lines + (pending.map { [$0] } ?? [])
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var rest = Substring(text)
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
