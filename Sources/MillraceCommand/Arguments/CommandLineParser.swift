/// From the words of a command line to a command that can run, or to a text that was asked for. Pure.
struct CommandLineParser: Sendable {
    enum Invocation {
        case run(any Command)
        /// Help or the version.
        case show(String)
    }

    let groups: [CommandGroup]
    let commands: [CommandEntry]
    let version: String

    /// - Parameter words: without the name of the program.
    func parse(_ words: [String]) throws(UsageError) -> Invocation {
        if words.first == "--version" { return .show("millrace \(version)\n") }
        var words = words
        if words.first == "help" {
            words.removeFirst()
            words.append("--help")
        }
        let wantsHelp = words.prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" }
        let path = Array(words.prefix { !$0.hasPrefix("-") })
        if let entry = commands.first(where: { path.starts(with: $0.declaration.words) }) {
            if wantsHelp { return .show(HelpText.command(entry.declaration)) }
            return .run(try entry.parse(words.dropFirst(entry.declaration.words.count)))
        }
        return .show(try text(for: path, words, wantsHelp: wantsHelp))
    }

    /// Help where no command is named, or what is wrong with the words.
    private func text(for path: [String], _ words: [String], wantsHelp: Bool) throws(UsageError) -> String {
        let declarations = commands.map(\.declaration)
        if let group = groups.last(where: { path.starts(with: $0.words) }) {
            let known = declarations.filter { $0.words.starts(with: group.words) }
            if wantsHelp && path.count == group.words.count { return HelpText.group(group, known) }
            throw unknown(path.dropFirst(group.words.count).first, after: group.words, among: known)
        }
        if path.isEmpty {
            if wantsHelp || words.isEmpty { return HelpText.program(groups, declarations) }
            throw UsageError("a command comes first; '\(words[0])' stands where one is expected")
        }
        throw unknown(path.first, after: [], among: declarations)
    }

    private func unknown(
        _ word: String?, after words: [String], among declarations: [CommandDeclaration]
    ) -> UsageError {
        var seen: Set<String> = []
        let known = declarations.compactMap { $0.words.dropFirst(words.count).first }.filter {
            seen.insert($0).inserted
        }
        let list = "there are: " + known.joined(separator: ", ")
        guard let word else {
            return UsageError("'\(words.joined(separator: " "))' needs one more word; \(list)", command: words)
        }
        let hint = Suggestion.text(for: word, among: known)
        return UsageError(
            "there is no command '\((words + [word]).joined(separator: " "))'" + (hint.isEmpty ? "; \(list)" : hint),
            command: words)
    }
}
