/// Scripts that complete command lines in bash and zsh, made from declarations. Pure.
enum CompletionScript {
    static func bash(_ groups: [CommandGroup], _ commands: [CommandDeclaration]) -> String {
        var text = """
            # bash completion for millrace
            _millrace() {
                local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" path="" word
                for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                    [[ "$word" == -* ]] && break
                    path="${path:+$path }$word"
                done
                COMPREPLY=()
                case "$path" in

            """
        text += bashCase("\"\"", words: firstWords(commands))
        for group in groups {
            let words = commands.filter { $0.words.starts(with: group.words) }.compactMap {
                $0.words.dropFirst(group.words.count).first
            }
            text += bashCase(quoted(group.words), words: words)
        }
        for command in commands { text += bashCommand(command) }
        return text + "    esac\n}\ncomplete -F _millrace millrace\n"
    }

    private static func bashCase(_ pattern: String, words: [String]) -> String {
        "        \(pattern)) COMPREPLY=($(compgen -W \"\(words.joined(separator: " "))\" -- \"$current\"));;\n"
    }

    private static func bashCommand(_ command: CommandDeclaration) -> String {
        var text = "        \(quoted(command.words))*)\n            case \"$previous\" in\n"
        for option in command.options where option.kind == .option {
            let reply: String
            switch option.completion {
            case .nothing: reply = ""
            case .files: reply = "COMPREPLY=($(compgen -f -- \"$current\")); "
            case .directories: reply = "COMPREPLY=($(compgen -d -- \"$current\")); "
            case .words(let words):
                reply = "COMPREPLY=($(compgen -W \"\(words.joined(separator: " "))\" -- \"$current\")); "
            }
            text += "                --\(option.name)) \(reply)return;;\n"
        }
        let options = (command.options.map { "--\($0.name)" } + ["--help"]).joined(separator: " ")
        text += "            esac\n"
        text += "            if [[ \"$current\" == -* ]]; then\n"
        text += "                COMPREPLY=($(compgen -W \"\(options)\" -- \"$current\"))\n"
        for argument in command.arguments.suffix(1) {
            switch argument.completion {
            case .nothing: break
            case .files, .directories:
                text += "            else\n                COMPREPLY=($(compgen -f -- \"$current\"))\n"
            case .words(let words):
                text += "            else\n                COMPREPLY=($(compgen -W \"\(words.joined(separator: " "))\" "
                text += "-- \"$current\"))\n"
            }
        }
        return text + "            fi;;\n"
    }

    static func zsh(_ groups: [CommandGroup], _ commands: [CommandDeclaration]) -> String {
        var text = """
            #compdef millrace
            # zsh completion for millrace
            _millrace() {
                local chain="" word
                for word in "${words[@]:1:CURRENT-2}"; do
                    [[ "$word" == -* ]] && break
                    chain="${chain:+$chain }$word"
                done
                case "$chain" in

            """
        let summaries = Dictionary(
            groups.map { ($0.words[0], $0.summary) }
                + commands.filter { $0.words.count == 1 }.map { ($0.words[0], $0.summary) }
        ) { first, _ in first }
        text += zshCase("\"\"", firstWords(commands).map { ($0, summaries[$0] ?? "") })
        for group in groups {
            let members = commands.filter { $0.words.starts(with: group.words) }
            text += zshCase(
                quoted(group.words), members.map { ($0.words.dropFirst(group.words.count).first ?? "", $0.summary) })
        }
        for command in commands {
            text += "        \(quoted(command.words))*)\n            shift \(command.words.count) words\n"
            text += "            (( CURRENT -= \(command.words.count) ))\n            _arguments -s"
            for parameter in command.parameters { text += " \\\n                " + zshParameter(parameter) }
            text += " \\\n                '--help[Show help]';;\n"
        }
        return text + """
                esac
            }
            if [ "$funcstack[1]" = "_millrace" ]; then _millrace; else compdef _millrace millrace; fi

            """
    }

    private static func zshCase(_ pattern: String, _ entries: [(String, String)]) -> String {
        let list = entries.map { "'\($0.0):\(zshEscaped($0.1))'" }.joined(separator: " ")
        return "        \(pattern)) local -a choices=(\(list)); _describe 'command' choices;;\n"
    }

    private static func zshParameter(_ parameter: ParameterDeclaration) -> String {
        let action: String
        switch parameter.completion {
        case .nothing: action = " "
        case .files: action = "_files"
        case .directories: action = "_files -/"
        case .words(let words): action = "(\(words.joined(separator: " ")))"
        }
        let star = parameter.isRepeated ? "*" : ""
        let text = zshEscaped(parameter.documentation)
        switch parameter.kind {
        case .flag: return "'\(star)--\(parameter.name)[\(text)]'"
        case .option: return "'\(star)--\(parameter.name)[\(text)]:\(parameter.valueName):\(action)'"
        case .argument: return "'\(star):\(parameter.name):\(action)'"
        }
    }

    /// Quotes, colons and brackets have a meaning to `_arguments`.
    private static func zshEscaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "'": escaped += "'\\''"
            case ":", "[", "]", "\\": escaped += "\\\(character)"
            case "\n": escaped += " "
            default: escaped.append(character)
            }
        }
        return escaped
    }

    private static func quoted(_ words: [String]) -> String { "\"\(words.joined(separator: " "))\"" }

    private static func firstWords(_ commands: [CommandDeclaration]) -> [String] {
        var seen: Set<String> = []
        return commands.compactMap(\.words.first).filter { seen.insert($0).inserted }
    }
}
