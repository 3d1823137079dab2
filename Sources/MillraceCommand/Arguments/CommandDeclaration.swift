/// What a command says of itself, once: parsing, help and completion come from this. Pure.
struct CommandDeclaration: Sendable {
    struct Example: Hashable, Sendable {
        /// What it is good for.
        var purpose: String
        /// The whole line; begins with "millrace ". A test parses it.
        var line: String

        init(_ purpose: String, _ line: String) {
            self.purpose = purpose
            self.line = line
        }
    }
    /// A titled part of the help.
    struct Section: Hashable, Sendable {
        var title: String
        var lines: [String] = []
        var rows: [Row] = []

        struct Row: Hashable, Sendable {
            var head: String
            var text: String
        }

        init(_ title: String, _ lines: [String]) {
            self.title = title
            self.lines = lines
        }

        init(_ title: String, rows: [(String, String)]) {
            self.title = title
            self.rows = rows.map { Row(head: $0.0, text: $0.1) }
        }
    }

    /// The words that call it: `["topics", "create"]`.
    var words: [String]
    /// One line, without a full stop.
    var summary: String
    /// What else one must know; may be several lines.
    var discussion = ""
    var parameters: [ParameterDeclaration]
    var sections: [Section] = []
    var examples: [Example]

    init(
        _ words: String, _ summary: String, discussion: String = "", parameters: [any Parameter],
        sections: [Section] = [], examples: [Example]
    ) {
        self.words = words.split(separator: " ").map(String.init)
        self.summary = summary
        self.discussion = discussion
        self.parameters = parameters.map(\.declaration)
        self.sections = sections
        self.examples = examples
    }

    var options: [ParameterDeclaration] { parameters.filter { $0.kind != .argument } }
    var arguments: [ParameterDeclaration] { parameters.filter { $0.kind == .argument } }
}

/// A command: its declaration, its value (made from what was parsed, with everything checked that can be checked
/// without asking anybody), and what it does.
protocol Command: Sendable {
    static var declaration: CommandDeclaration { get }
    init(_ arguments: ParsedArguments) throws(UsageError)
    func run(in context: CommandContext) throws -> ExitCode
}

/// Words before commands: `topics` in `topics create`.
struct CommandGroup: Hashable, Sendable {
    var words: [String]
    var summary: String
}

/// A command as the parser knows it.
struct CommandEntry: Sendable {
    let declaration: CommandDeclaration
    private let make: @Sendable (ParsedArguments) throws(UsageError) -> any Command

    init<Made: Command>(_ type: Made.Type) {
        declaration = Made.declaration
        make = { (arguments) throws(UsageError) in try Made(arguments) }
    }

    /// - Parameter words: those behind the command's own.
    func parse(_ words: ArraySlice<String>) throws(UsageError) -> any Command {
        try make(try ParsedArguments(words, for: declaration))
    }
}
