import Glibc

/// A rough reading of Swift: enough to tell code from comments and strings, and to find where functions end.
/// Pure. Strings and comments are blanked, line by line, so that line numbers stay.
struct SwiftText {
    /// The code, every byte of a comment or of a string's contents replaced by a space.
    let code: [UInt8]

    init(_ source: String) {
        var blanker = Blanker(source: Array(source.utf8))
        blanker.run()
        code = blanker.output
    }

    var lines: [String] {
        code.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    func contains(_ text: String) -> Bool { SwiftText.contains(text, in: code) }

    /// By C's functions: unoptimised Swift takes a second for what they do in a millisecond.
    static func contains(_ text: String, in bytes: [UInt8]) -> Bool {
        let wanted = Array(text.utf8)
        return bytes.withUnsafeBytes { memory in
            var rest = memory[...]
            while rest.count >= wanted.count, let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress,
                let found = memchr(start, Int32(wanted[0]), rest.count - wanted.count + 1)
            {
                if memcmp(found, wanted, wanted.count) == 0 { return true }
                rest = rest.dropFirst(UnsafeRawPointer(found) - start + 1)
            }
            return false
        }
    }

    struct Function: Equatable {
        let name: String
        /// 1 is the first line of the file.
        let firstLine: Int
        let lineCount: Int
    }

    /// Functions, initialisers and subscripts with a body; nested ones too.
    var functions: [Function] {
        var found: [Function] = []
        // Where each line ends: a line's number is found by halving.
        let ends = code.indices.filter { code[$0] == UInt8(ascii: "\n") }
        func lineNumber(of position: Int) -> Int {
            var (low, high) = (0, ends.count)
            while low < high {
                let middle = (low + high) / 2
                if ends[middle] < position { low = middle + 1 } else { high = middle }
            }
            return low + 1
        }
        for (start, keyword) in declarations() {
            guard let body = bodyStart(after: start + keyword.count), let end = matchingBrace(from: body) else {
                continue
            }
            let firstLine = lineNumber(of: start)
            found.append(
                Function(
                    name: keyword == "func" ? identifier(after: start + keyword.count) : keyword,
                    firstLine: firstLine, lineCount: lineNumber(of: end) - firstLine + 1))
        }
        return found
    }

    // MARK: Reading

    private func declarations() -> [(start: Int, keyword: String)] {
        let keywords = ["func", "init", "deinit", "subscript"]
        var found: [(Int, String)] = []
        var position = 0
        while position < code.count {
            guard SwiftText.isWord(code[position]) else {
                position += 1
                continue
            }
            let start = position
            while position < code.count, SwiftText.isWord(code[position]) { position += 1 }
            let before = start > 0 ? code[start - 1] : UInt8(ascii: " ")
            if before == UInt8(ascii: ".") || before == UInt8(ascii: "`") { continue }
            let word = String(decoding: code[start..<position], as: UTF8.self)
            if keywords.contains(word) { found.append((start, word)) }
        }
        return found
    }

    /// The `{` that opens the body; nil for a requirement of a protocol: its line ends without one.
    private func bodyStart(after start: Int) -> Int? {
        var depth = 0
        var position = start
        var previous = UInt8(ascii: " ")
        while position < code.count {
            let byte = code[position]
            switch byte {
            case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "{") where depth == 0: return position
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"):
                if depth == 0 { return nil }
                depth -= 1
            case UInt8(ascii: "\n") where depth == 0:
                if !continues(previous, at: position + 1) { return nil }
            default: break
            }
            if byte > UInt8(ascii: " ") { previous = byte }
            position += 1
        }
        return nil
    }

    /// Whether a signature goes on behind a line break: after `,`, or before `throws`, `->`, `where`, `{`.
    private func continues(_ previous: UInt8, at start: Int) -> Bool {
        if previous == UInt8(ascii: ",") { return true }
        var position = start
        while position < code.count, code[position] <= UInt8(ascii: " ") { position += 1 }
        let rest = code[position..<Swift.min(position + 8, code.count)]
        return ["throws", "->", "where", "{", "async", "rethrows"].contains { rest.starts(with: $0.utf8) }
    }

    private func matchingBrace(from open: Int) -> Int? {
        var depth = 0
        for position in open..<code.count {
            if code[position] == UInt8(ascii: "{") { depth += 1 }
            if code[position] == UInt8(ascii: "}") {
                depth -= 1
                if depth == 0 { return position }
            }
        }
        return nil
    }

    private func identifier(after start: Int) -> String {
        var position = start
        while position < code.count, code[position] <= UInt8(ascii: " ") { position += 1 }
        let first = position
        while position < code.count, code[position] > UInt8(ascii: " "), code[position] != UInt8(ascii: "(") {
            position += 1
        }
        return String(decoding: code[first..<position], as: UTF8.self)
    }

    static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: byte >= 0x80
        }
    }
}
