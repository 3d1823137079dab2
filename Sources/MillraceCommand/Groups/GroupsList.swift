internal import MillraceClient

/// `groups list`. Does I/O when run.
struct GroupsList: Command {
    private static let state = Option(
        "state", "NAME", .text, isRepeated: true,
        "Only groups in this state, such as Stable, Empty or PreparingRebalance.")

    static let declaration = CommandDeclaration(
        "groups list", "List consumer groups", parameters: [state] + ConnectionOptions.parameters,
        examples: [
            .init("All groups", "millrace groups list"),
            .init("Those without members", "millrace groups list --state Empty"),
        ])

    let states: Set<String>
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        states = Set(try arguments.all(Self.state).map { $0.lowercased() })
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        let groups = try connection.client().groups().filter {
            states.isEmpty || states.contains($0.state.lowercased())
        }
        return context.show(Self.report(groups), asJSON: connection.isJSON)
    }

    static func report(_ groups: [GroupListing]) -> Report {
        var table = Table("GROUP", "STATE", "TYPE", "PROTOCOL")
        for group in groups { table.append(group.id, group.state, group.type, group.protocolType) }
        return Report(
            table.text,
            json: .array(
                groups.map {
                    [
                        "group": JSON($0.id), "state": JSON($0.state), "type": JSON($0.type),
                        "protocolType": JSON($0.protocolType),
                    ]
                }))
    }
}
