/// `completion`: a script for the shell. Prints only.
struct CompletionCommand: Command {
    private static let shell = Argument("SHELL", .choice("bash", "zsh"), "Which shell.")

    static let declaration = CommandDeclaration(
        "completion", "Print a script that completes command lines in bash or zsh", parameters: [shell],
        examples: [
            .init("In this bash", "millrace completion bash > ~/.millrace.bash && source ~/.millrace.bash"),
            .init("For all zsh to come", "millrace completion zsh > ~/.zfunc/_millrace"),
        ])

    let shellName: String

    init(_ arguments: ParsedArguments) throws(UsageError) { shellName = try arguments.value(Self.shell) }

    func run(in context: CommandContext) throws -> ExitCode {
        context.console.write(
            shellName == "bash"
                ? CompletionScript.bash(Catalogue.groups, Catalogue.commands.map(\.declaration))
                : CompletionScript.zsh(Catalogue.groups, Catalogue.commands.map(\.declaration)))
        return .success
    }
}
