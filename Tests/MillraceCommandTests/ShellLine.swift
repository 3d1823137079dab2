/// Takes a line as it is typed in a shell apart: enough for quotes, pipes and redirections. Pure.
enum ShellLine {
    /// The words behind each `millrace` in the line.
    static func commands(in line: String) -> [[String]] {
        var commands: [[String]] = []
        var current: [String]?
        var skipsNext = false
        for word in words(of: line) {
            switch word {
            case .separator:
                if let current { commands.append(current) }
                current = nil
            case .redirection: skipsNext = true
            case .text where skipsNext: skipsNext = false
            case .text("millrace") where current == nil: current = []
            case .text(let text): current?.append(text)
            }
        }
        if let current { commands.append(current) }
        return commands
    }

    private enum Word: Equatable {
        case text(String)
        /// Another command begins.
        case separator
        /// The next word is a file or a text for standard input.
        case redirection
    }

    private static func words(of line: String) -> [Word] {
        var words: [Word] = []
        var word: String?
        var quote: Character?
        func flush() {
            if let text = word { words.append(text.first == "<" || text == ">" ? .redirection : .text(text)) }
            word = nil
        }
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character == " " || character == "\n" {
                flush()
            } else if character == "|" || character == "&" || character == ";" {
                flush()
                if words.last != .separator { words.append(.separator) }
            } else {
                word = (word ?? "") + String(character)
            }
        }
        flush()
        return words
    }
}
