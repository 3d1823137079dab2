internal import MillraceClient
internal import MillraceCore

/// `topics create`: makes topics. Does I/O when run.
struct TopicsCreate: Command {
    private static let topics = Argument("TOPIC", .topic, isRepeated: true, "Names of the topics.")
    private static let partitions = Option(
        "partitions", short: "p", "N", ValueKind<Int32>.number(1...100_000),
        "How many partitions each gets; left out, as many as the broker is configured for.")
    private static let replicationFactor = Option(
        "replication-factor", "N", ValueKind<Int16>.number(1...1_000),
        "On how many brokers each partition lives; left out, as the broker is configured. Millrace has one broker.")
    private static let config = Option(
        "config", short: "c", "NAME=VALUE", .property, isRepeated: true, "A config of the topics.")
    private static let ifNotExists = Flag("if-not-exists", "Take a topic that is there already as success.")
    private static let validateOnly = Flag("validate-only", "Only ask whether it would work.")

    static let declaration = CommandDeclaration(
        "topics create", "Make topics",
        parameters: [topics, partitions, replicationFactor, config, ifNotExists, validateOnly]
            + ConnectionOptions.parameters,
        examples: [
            .init("A topic with four partitions", "millrace topics create lines --partitions 4"),
            .init(
                "One that keeps only the newest record of each key",
                "millrace topics create users -p 2 -c cleanup.policy=compact -c min.cleanable.dirty.ratio=0.2"),
            .init(
                "On a cluster of three brokers",
                "millrace topics create lines -b kafka1:9092,kafka2:9092 --partitions 12 --replication-factor 3"),
        ])

    let creations: [TopicCreation]
    let takesExisting: Bool
    let isOnlyChecked: Bool
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let names = try arguments.all(Self.topics)
        let partitions = try arguments.ifGiven(Self.partitions)
        let factor = try arguments.ifGiven(Self.replicationFactor)
        let pairs = try arguments.all(Self.config)
        let configs = Dictionary(pairs.map { ($0.name, $0.value) }) { _, last in last }
        guard configs.count == pairs.count else { throw arguments.error("--config names the same config twice") }
        creations = names.map {
            TopicCreation($0, partitionCount: partitions, replicationFactor: factor, configs: configs)
        }
        takesExisting = arguments.isSet(Self.ifNotExists)
        isOnlyChecked = arguments.isSet(Self.validateOnly)
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        let results = try connection.client().createTopics(creations, validateOnly: isOnlyChecked)
        let outcomes = results.map { result in
            if takesExisting, case .refused(.topicAlreadyExists, _, _)? = result.error {
                return Outcome(subject: result.name, done: "is there already")
            }
            return Outcome(
                subject: result.name, done: isOnlyChecked ? "can be created" : "created",
                failure: result.error.map { "\($0)" })
        }
        return context.show(Report(outcomes), asJSON: connection.isJSON)
    }
}
