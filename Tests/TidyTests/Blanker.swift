/// Replaces comments and the contents of strings by spaces. Pure; `SwiftText` runs it once a file.
/// It knows `//`, nested `/* */`, `"…"`, `"""…"""`, raw strings and interpolation.
struct Blanker {
    let source: [UInt8]
    private(set) var output: [UInt8]
    private var position = 0

    init(source: [UInt8]) {
        self.source = source
        output = source
    }

    mutating func run() { code(untilParenthesis: false) }

    /// Passes over code; inside an interpolation, up to its closing parenthesis.
    private mutating func code(untilParenthesis: Bool) {
        var depth = 0
        while position < source.count {
            let byte = source[position]
            if byte == UInt8(ascii: "/"), starts(with: "//") {
                while position < source.count, source[position] != UInt8(ascii: "\n") { blank() }
            } else if byte == UInt8(ascii: "/"), starts(with: "/*") {
                blockComment()
            } else if byte == UInt8(ascii: "\"") || (byte == UInt8(ascii: "#") && isRawStringStart) {
                string()
            } else {
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") {
                    if untilParenthesis && depth == 0 { return }
                    depth -= 1
                }
                position += 1
            }
        }
    }

    private mutating func blockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                blank()
            } else if starts(with: "*/") {
                depth -= 1
                blank()
            }
            blank()
        } while depth > 0 && position < source.count
    }

    private mutating func string() {
        var pounds = 0
        while source[position] == UInt8(ascii: "#") {
            pounds += 1
            position += 1
        }
        let isMultiline = starts(with: "\"\"\"")
        let quote = String(repeating: "\"", count: isMultiline ? 3 : 1)
        let terminator = quote + String(repeating: "#", count: pounds)
        let escape = "\\" + String(repeating: "#", count: pounds)
        position += quote.utf8.count
        while position < source.count, source[position] != UInt8(ascii: "\"") || !starts(with: terminator) {
            if !isMultiline && source[position] == UInt8(ascii: "\n") { return }
            guard source[position] == UInt8(ascii: "\\"), starts(with: escape) else {
                blank()
                continue
            }
            for _ in escape.utf8 { blank() }
            guard position < source.count else { return }
            if source[position] == UInt8(ascii: "(") {
                position += 1
                code(untilParenthesis: true)
                if position < source.count { position += 1 }
            } else {
                blank()
            }
        }
        position += terminator.utf8.count
    }

    private var isRawStringStart: Bool {
        var ahead = position
        while ahead < source.count, source[ahead] == UInt8(ascii: "#") { ahead += 1 }
        return ahead < source.count && source[ahead] == UInt8(ascii: "\"")
    }

    private func starts(with text: String) -> Bool {
        var ahead = position
        for byte in text.utf8 {
            guard ahead < source.count, source[ahead] == byte else { return false }
            ahead += 1
        }
        return true
    }

    private mutating func blank() {
        guard position < source.count else { return }
        if output[position] != UInt8(ascii: "\n") { output[position] = UInt8(ascii: " ") }
        position += 1
    }
}
