/// The words behind a command, sorted by what it declares. Values are read by `value`, `ifGiven` and `all`. Pure.
struct ParsedArguments: Sendable {
    let command: [String]
    private var flags: Set<String> = []
    private var texts: [String: [String]] = [:]

    /// - Throws: `UsageError` for words that the command does not know, and for required ones that are missing.
    init(_ words: ArraySlice<String>, for declaration: CommandDeclaration) throws(UsageError) {
        command = declaration.words
        var positional: [String] = []
        var rest = words
        while let word = rest.popFirst() {
            if word == "--" {
                positional += rest
                break
            } else if word.hasPrefix("--") {
                try takeOption(word, &rest, declaration)
            } else if word.hasPrefix("-"), word.count > 1, !ParsedArguments.isNegativeNumber(word) {
                try takeShort(word, &rest, declaration)
            } else {
                positional.append(word)
            }
        }
        try place(positional, declaration)
        for parameter in declaration.parameters where parameter.presence == .required && texts[parameter.name] == nil {
            throw error(
                parameter.kind == .argument
                    ? "\(parameter.name) is missing: \(parameter.documentation)"
                    : "--\(parameter.name) \(parameter.valueName) is missing: \(parameter.documentation)")
        }
    }

    func isSet(_ flag: Flag) -> Bool { flags.contains(flag.declaration.name) }

    func isGiven(_ parameter: any Parameter) -> Bool {
        flags.contains(parameter.declaration.name) || texts[parameter.declaration.name] != nil
    }

    /// The value of a required option or one with a default.
    func value<Value>(_ option: Option<Value>) throws(UsageError) -> Value {
        guard let value = try ifGiven(option) ?? defaultValue(option) else {
            throw error("--\(option.declaration.name) is missing")
        }
        return value
    }

    func ifGiven<Value>(_ option: Option<Value>) throws(UsageError) -> Value? {
        try all(option).last
    }

    func all<Value>(_ option: Option<Value>) throws(UsageError) -> [Value] {
        try read(option.declaration, option.kind)
    }

    func value<Value>(_ argument: Argument<Value>) throws(UsageError) -> Value {
        guard let value = try ifGiven(argument) else { throw error("\(argument.declaration.name) is missing") }
        return value
    }

    func ifGiven<Value>(_ argument: Argument<Value>) throws(UsageError) -> Value? { try all(argument).last }

    func all<Value>(_ argument: Argument<Value>) throws(UsageError) -> [Value] {
        try read(argument.declaration, argument.kind)
    }

    /// An error that points to this command's help.
    func error(_ message: String) -> UsageError { UsageError(message, command: command) }

    /// Which of several options that exclude each other was given; nil for none.
    func onlyOne(of parameters: [any Parameter]) throws(UsageError) -> String? {
        let given = parameters.filter { isGiven($0) }.map { "--\($0.declaration.name)" }
        if given.count > 1 {
            throw error("\(given.joined(separator: " and ")) exclude each other: give one of them")
        }
        return given.first.map { String($0.dropFirst(2)) }
    }

    // MARK: Reading

    private func defaultValue<Value>(_ option: Option<Value>) -> Value? {
        guard case .defaults(let text) = option.declaration.presence else { return nil }
        return option.kind.parse(text)
    }

    private func read<Value>(
        _ declaration: ParameterDeclaration, _ kind: ValueKind<Value>
    ) throws(UsageError) -> [Value] {
        var values: [Value] = []
        for text in texts[declaration.name] ?? [] {
            guard let value = kind.parse(text) else {
                let name = declaration.kind == .argument ? declaration.name : "--\(declaration.name)"
                throw error("\(name) needs \(kind.expectation), not '\(text)'")
            }
            values.append(value)
        }
        return values
    }

    // MARK: Sorting words

    private mutating func takeOption(
        _ word: String, _ rest: inout ArraySlice<String>, _ declaration: CommandDeclaration
    ) throws(UsageError) {
        let body = word.dropFirst(2)
        let name = String(body.prefix { $0 != "=" })
        let attached = body.count > name.count ? String(body.dropFirst(name.count + 1)) : nil
        guard let parameter = declaration.options.first(where: { $0.name == name }) else {
            let known = declaration.options.map(\.name)
            throw error("there is no option --\(name)" + Suggestion.text(for: name, among: known, prefix: "--"))
        }
        try take(parameter, attached, &rest)
    }

    private mutating func takeShort(
        _ word: String, _ rest: inout ArraySlice<String>, _ declaration: CommandDeclaration
    ) throws(UsageError) {
        let letter = word[word.index(after: word.startIndex)]
        guard let parameter = declaration.options.first(where: { $0.short == letter }) else {
            throw error("there is no option -\(letter)")
        }
        let attached = word.count > 2 ? String(word.dropFirst(2)) : nil
        try take(parameter, attached, &rest)
    }

    private mutating func take(
        _ parameter: ParameterDeclaration, _ attached: String?, _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        if parameter.kind == .flag {
            guard attached == nil else { throw error("--\(parameter.name) takes no value") }
            flags.insert(parameter.name)
            return
        }
        // A word that looks like an option is hardly meant as a value; `--name=-x` says so where it is.
        var text = attached
        if text == nil, let next = rest.first, !next.hasPrefix("--") || next == "--" {
            text = next
            rest.removeFirst()
        }
        guard let text else { throw error("--\(parameter.name) needs a value: \(parameter.valueName)") }
        guard parameter.isRepeated || texts[parameter.name] == nil else {
            throw error("--\(parameter.name) is given twice")
        }
        texts[parameter.name, default: []].append(text)
    }

    private mutating func place(_ words: [String], _ declaration: CommandDeclaration) throws(UsageError) {
        var rest = words[...]
        for argument in declaration.arguments {
            if argument.isRepeated {
                if !rest.isEmpty { texts[argument.name] = Array(rest) }
                rest = []
            } else if let word = rest.popFirst() {
                texts[argument.name] = [word]
            }
        }
        if let word = rest.first {
            throw error("'\(word)' is one word too many")
        }
    }

    private static func isNegativeNumber(_ word: String) -> Bool { Double(word) != nil }
}
