internal import MillraceClient
internal import MillraceCore

/// `topics delete`: removes topics with all they hold. Does I/O when run.
struct TopicsDelete: Command {
    private static let topics = Argument("TOPIC", .topic, isRepeated: true, "Names of the topics.")
    private static let ifExists = Flag("if-exists", "Take a topic that is not there as success.")

    static let declaration = CommandDeclaration(
        "topics delete", "Delete topics with all their records",
        parameters: [topics, ifExists] + ConnectionOptions.parameters,
        examples: [
            .init("Delete a topic", "millrace topics delete lines"),
            .init("Two of them, in a script", "millrace topics delete lines words --if-exists"),
        ])

    let names: [String]
    let takesMissing: Bool
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        names = try arguments.all(Self.topics)
        takesMissing = arguments.isSet(Self.ifExists)
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        let outcomes = try connection.client().deleteTopics(names).map { result in
            if takesMissing, case .refused(.unknownTopicOrPartition, _, _)? = result.error {
                return Outcome(subject: result.name, done: "is not there")
            }
            return Outcome(subject: result.name, done: "deleted", failure: result.error.map { "\($0)" })
        }
        return context.show(Report(outcomes), asJSON: connection.isJSON)
    }
}
