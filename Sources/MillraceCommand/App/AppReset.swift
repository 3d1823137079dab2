internal import MillraceClient
internal import MillraceCore

/// `app reset`: puts a stream application back to its beginning. Does I/O when run.
struct AppReset: Command {
    private static let applicationID = Argument(
        "APPLICATION-ID", .text, "The application; all its instances must be stopped.")
    private static let inputTopic = Option(
        "input-topic", short: "i", "TOPIC[:P,P]", .partitions, isRepeated: true,
        "An input topic whose positions are moved.")
    private static let keepInternal = Flag("keep-internal-topics", "Leave repartition and changelog topics there.")
    private static let internalTopic = Option(
        "internal-topic", "TOPIC", .topic, isRepeated: true,
        "Delete only these of the internal topics; left out, all of the application.")
    private static let stateDirectory = Option(
        "state-dir", "DIRECTORY", .directory, "Also remove the application's local state below this directory.")
    private static let force = Flag("force", "Go on though the group seems to have members.")
    private static let execute = Flag("execute", "Do it. Without this only the plan is printed.")

    static let declaration = CommandDeclaration(
        "app reset", "Put a stream application back to its beginning",
        discussion: """
            Moves the application's positions in its input topics (to their beginning unless said otherwise), and \
            deletes its internal topics: NAME-repartition, NAME-changelog and the subscription topics of foreign-key \
            joins. What it has written to its output topics stays. Prints the plan; --execute carries it out.
            """,
        parameters: [applicationID, inputTopic] + OffsetTargetOptions.parameters
            + [keepInternal, internalTopic, stateDirectory, force, execute] + ConnectionOptions.parameters,
        examples: [
            .init("What would be done?", "millrace app reset chat-analytics --input-topic lines"),
            .init(
                "Do it, local state included",
                "millrace app reset chat-analytics -i lines --state-dir /var/lib/chat/state --execute"),
            .init(
                "Only the last day again",
                "millrace app reset chat-analytics -i lines --by-duration 24h --keep-internal-topics --execute"),
        ])

    let application: String
    let inputs: [TopicSelection]
    let target: OffsetTarget
    let deletesInternal: Bool
    let internalTopics: [String]
    let statePath: String?
    let isForced: Bool
    let isExecuted: Bool
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        application = try arguments.value(Self.applicationID)
        inputs = try arguments.all(Self.inputTopic)
        target = try OffsetTargetOptions.target(arguments) ?? .earliest
        _ = try arguments.onlyOne(of: [Self.keepInternal, Self.internalTopic])
        deletesInternal = !arguments.isSet(Self.keepInternal)
        let named = try arguments.all(Self.internalTopic)
        let prefix = application
        if let stranger = named.first(where: { !InternalTopics.isInternal($0, of: prefix) }) {
            throw arguments.error("\(stranger) is no internal topic of \(prefix); 'topics delete' deletes any topic")
        }
        internalTopics = named
        statePath = try arguments.ifGiven(Self.stateDirectory)
        isForced = arguments.isSet(Self.force)
        isExecuted = arguments.isSet(Self.execute)
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        let client = try connection.client()
        if !isForced { try client.requireInactive(application) }
        let partitions = inputs.isEmpty ? [] : try TopicSelection.partitions(of: inputs, client)
        let plan = try OffsetPlan(target, of: application, partitions, client, now: context.clock.now())
        let there = try client.topics().map(\.name).filter { InternalTopics.isInternal($0, of: application) }
        if let missing = internalTopics.first(where: { !there.contains($0) }) {
            throw CommandFailure("there is no topic \(missing)")
        }
        let doomed = deletesInternal ? (internalTopics.isEmpty ? there : internalTopics) : []
        let state = try statePath.map { try LocalState(directory: $0, application: application) }
        var failures: [String] = []
        if isExecuted {
            if !plan.changes.isEmpty { try client.commit(plan.changes, of: application) }
            failures +=
                try doomed.isEmpty
                ? []
                : client.deleteTopics(doomed).compactMap { result in
                    result.error.map { "\(result.name): \($0)" }
                }
            try state?.remove()
        } else {
            context.console.note("This is the plan; --execute carries it out.")
        }
        var report = report(plan, doomed, state)
        report.failures = failures
        if !failures.isEmpty { report.exitCode = .failure }
        return context.show(report, asJSON: connection.isJSON)
    }

    private func report(_ plan: OffsetPlan, _ doomed: [String], _ state: LocalState?) -> Report {
        var text = ""
        if !plan.steps.isEmpty { text += "Positions:\n" + plan.table.text }
        if !doomed.isEmpty { text += "Topics to delete:\n" + doomed.map { "  \($0)\n" }.joined() }
        if let state { text += "State to remove:\n  \(state.path)\(state.isThere ? "" : " (is not there)")\n" }
        if text.isEmpty { text = "Nothing to do: no input topic is named, and there are no internal topics.\n" }
        return Report(
            text,
            json: [
                "application": JSON(application), "executed": .bool(isExecuted), "positions": plan.json,
                "deletedTopics": .array(doomed.map { JSON($0) }), "stateDirectory": JSON(state?.path),
            ])
    }
}

/// The topics that Kafka Streams and Millrace make for an application. Pure.
enum InternalTopics {
    static func isInternal(_ topic: String, of application: String) -> Bool {
        guard topic.hasPrefix(application + "-"), topic.utf8.count > application.utf8.count + 1 else { return false }
        let name = topic.dropFirst(application.count + 1)
        if ["-changelog", "-repartition"].contains(where: { name.hasSuffix($0) }) { return true }
        // The topics of foreign-key joins, named by the user or numbered.
        guard name.hasSuffix("-topic") else { return false }
        return ["subscription-registration", "subscription-response"].contains { role in
            name.lowercased().contains(role)
        }
    }
}
