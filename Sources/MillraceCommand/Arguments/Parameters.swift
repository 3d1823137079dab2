/// What a command declares of one option, flag or argument: enough for parsing, for help and for completion. Pure.
struct ParameterDeclaration: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// `--json`
        case flag
        /// `--partitions 3`
        case option
        /// A word without a name.
        case argument
    }
    enum Presence: Hashable, Sendable {
        case required
        case optional
        /// As if it had been given so.
        case defaults(to: String)
    }
    var kind: Kind
    /// Without dashes; of an argument its place in the usage line.
    var name: String
    /// One letter, for `-x`.
    var short: Character?
    /// What stands for the value in help: `N`, `FILE`.
    var valueName = ""
    /// One or more sentences.
    var documentation: String
    var presence = Presence.optional
    /// Whether it may be given several times, or an argument may be several words.
    var isRepeated = false
    var completion = CompletionKind.nothing
}

/// Something a command can be given.
protocol Parameter: Sendable {
    var declaration: ParameterDeclaration { get }
}

/// `--json`: there or not.
struct Flag: Parameter {
    let declaration: ParameterDeclaration

    init(_ name: String, short: Character? = nil, _ documentation: String) {
        declaration = ParameterDeclaration(kind: .flag, name: name, short: short, documentation: documentation)
    }
}

/// `--name value` or `--name=value`.
///
///     static let partitions = Option("partitions", "N", .number(1...100_000), "How many partitions it gets.")
struct Option<Value: Sendable>: Parameter {
    let declaration: ParameterDeclaration
    let kind: ValueKind<Value>

    init(
        _ name: String, short: Character? = nil, _ valueName: String, _ kind: ValueKind<Value>,
        presence: ParameterDeclaration.Presence = .optional, isRepeated: Bool = false, _ documentation: String
    ) {
        self.kind = kind
        declaration = ParameterDeclaration(
            kind: .option, name: name, short: short, valueName: valueName, documentation: documentation,
            presence: presence, isRepeated: isRepeated, completion: kind.completion)
    }
}

/// A word without a name, told by its place.
struct Argument<Value: Sendable>: Parameter {
    let declaration: ParameterDeclaration
    let kind: ValueKind<Value>

    init(
        _ name: String, _ kind: ValueKind<Value>, presence: ParameterDeclaration.Presence = .required,
        isRepeated: Bool = false, _ documentation: String
    ) {
        self.kind = kind
        declaration = ParameterDeclaration(
            kind: .argument, name: name, valueName: name, documentation: documentation, presence: presence,
            isRepeated: isRepeated, completion: kind.completion)
    }
}

/// What was wrong with a command line, and what to do about it. Exit code 2.
struct UsageError: Error, Hashable, Sendable {
    var message: String
    /// Words of the command that was meant, for the pointer to its help.
    var command: [String]

    init(_ message: String, command: [String] = []) {
        self.message = message
        self.command = command
    }

    var text: String {
        let help = (["millrace"] + command + ["--help"]).joined(separator: " ")
        return "\(message)\nSee: \(help)"
    }
}
