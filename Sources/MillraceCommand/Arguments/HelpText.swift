/// Help, made from declarations. Lines fit 100 columns. Pure.
enum HelpText {
    private static let width = 100

    static func program(_ groups: [CommandGroup], _ commands: [CommandDeclaration]) -> String {
        var text = """
            millrace: a broker in Kafka's protocol, and the tools to operate it or any Apache Kafka

            Usage: millrace <command> [options]


            """
        var rows: [(String, String)] = []
        for command in commands where command.words.count == 1 {
            rows.append((command.words[0], command.summary))
        }
        for group in groups {
            let members = commands.filter { $0.words.count > 1 && $0.words.starts(with: group.words) }
                .map { $0.words[group.words.count...].joined(separator: " ") }
            rows.append((group.words.joined(separator: " ") + " " + members.joined(separator: "|"), group.summary))
        }
        text += section("Commands", rows.sorted { $0.0 < $1.0 })
        text += section("Exit codes", ExitCode.documented.map { (String($0.rawValue), $0.documentation) })
        return text + "Help for a command: millrace <command> --help\n"
    }

    static func group(_ group: CommandGroup, _ commands: [CommandDeclaration]) -> String {
        let words = group.words.joined(separator: " ")
        return "\(group.summary)\n\nUsage: millrace \(words) <command> [options]\n\n"
            + section("Commands", commands.map { ($0.words[group.words.count...].joined(separator: " "), $0.summary) })
            + "Help for a command: millrace \(words) <command> --help\n"
    }

    static func command(_ command: CommandDeclaration) -> String {
        var text = command.summary + "\n\nUsage: " + usage(command) + "\n\n"
        if !command.discussion.isEmpty { text += wrap(command.discussion, indent: 0) + "\n\n" }
        if !command.arguments.isEmpty {
            text += section("Arguments", command.arguments.map { ($0.name, documentation(of: $0)) })
        }
        text += section("Options", command.options.map { (optionHead($0), documentation(of: $0)) })
        for section in command.sections {
            text +=
                section.rows.isEmpty
                ? section.title + ":\n" + section.lines.map { "  \($0)\n" }.joined() + "\n"
                : self.section(section.title, section.rows.map { ($0.head, $0.text) })
        }
        text += "Examples:\n"
        for example in command.examples { text += "  # \(example.purpose)\n  \(example.line)\n" }
        return text
    }

    static func usage(_ command: CommandDeclaration) -> String {
        var parts = ["millrace"] + command.words
        for option in command.options where option.presence == .required {
            parts.append("--\(option.name) \(option.valueName)")
        }
        parts.append("[options]")
        for argument in command.arguments {
            let name = argument.name + (argument.isRepeated ? " …" : "")
            parts.append(argument.presence == .required ? name : "[\(name)]")
        }
        return parts.joined(separator: " ")
    }

    private static func optionHead(_ option: ParameterDeclaration) -> String {
        let short = option.short.map { "-\($0), " } ?? ""
        return short + "--\(option.name)" + (option.kind == .flag ? "" : " \(option.valueName)")
    }

    private static func documentation(of parameter: ParameterDeclaration) -> String {
        var text = parameter.documentation
        if case .words(let words) = parameter.completion { text += " One of: " + words.joined(separator: ", ") + "." }
        if case .defaults(let value) = parameter.presence { text += " Default: \(value)." }
        if parameter.presence == .required && parameter.kind == .option { text += " Required." }
        if parameter.isRepeated && parameter.kind == .option { text += " May be given several times." }
        return text
    }

    // MARK: Layout

    private static func section(_ title: String, _ rows: [(head: String, text: String)]) -> String {
        let column = min(34, (rows.map(\.head.count).max() ?? 0) + 4)
        var text = title + ":\n"
        for row in rows {
            let head = "  " + row.head
            let body = wrap(row.text, indent: column)
            text +=
                head.count < column
                ? head + String(repeating: " ", count: column - head.count) + body
                : head + "\n" + String(repeating: " ", count: column) + body
            text += "\n"
        }
        return text + "\n"
    }

    /// Breaks at spaces; lines but the first are indented. Line breaks in the text stay.
    private static func wrap(_ text: String, indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var line = ""
            for word in paragraph.split(separator: " ") {
                if !line.isEmpty && indent + line.count + 1 + word.count > width {
                    lines.append(line)
                    line = ""
                }
                line += (line.isEmpty ? "" : " ") + word
            }
            lines.append(line)
        }
        return lines.enumerated().map { $0.offset == 0 || $0.element.isEmpty ? $0.element : margin + $0.element }
            .joined(separator: "\n")
    }
}
