internal import MillraceClient
internal import MillraceCore

/// `groups reset-offsets`: moves the positions of a group without members. Does I/O when run.
struct GroupsResetOffsets: Command {
    private static let group = Argument("GROUP", .text, "The group; it must have no members.")
    private static let topic = Option(
        "topic", "TOPIC[:P,P]", .partitions, isRepeated: true, "A topic to move in, or some of its partitions.")
    private static let allTopics = Flag("all-topics", "Move in all topics that the group has positions in.")
    private static let execute = Flag("execute", "Do it. Without this only the plan is printed.")

    static let declaration = CommandDeclaration(
        "groups reset-offsets", "Move the positions of a group",
        discussion: """
            Prints the plan; --execute carries it out. New positions are kept within the log; where no record is as \
            late as the time asked for, the position goes behind the last one.
            """,
        parameters: [group, topic, allTopics] + OffsetTargetOptions.parameters + [execute]
            + ConnectionOptions.parameters,
        examples: [
            .init("What would reading anew mean?", "millrace groups reset-offsets counters --all-topics --to-earliest"),
            .init(
                "Read the last hour again",
                "millrace groups reset-offsets counters --topic lines --by-duration 1h --execute"),
            .init(
                "From a point in time, two partitions only",
                "millrace groups reset-offsets counters --topic lines:0,1 --to-datetime 2026-11-26T00:00:00.000"),
            .init(
                "Skip one record that cannot be read",
                "millrace groups reset-offsets counters --topic lines:3 --shift-by 1 --execute"),
        ])

    let groupID: String
    let topics: [TopicSelection]
    let target: OffsetTarget
    let isExecuted: Bool
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        groupID = try arguments.value(Self.group)
        topics = try arguments.all(Self.topic)
        guard topics.isEmpty == arguments.isSet(Self.allTopics) else {
            throw arguments.error("say where: either --topic (once or more) or --all-topics")
        }
        guard let target = try OffsetTargetOptions.target(arguments) else {
            throw arguments.error("say where to: \(OffsetTargetOptions.names)")
        }
        self.target = target
        isExecuted = arguments.isSet(Self.execute)
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        let client = try connection.client()
        let partitions =
            topics.isEmpty
            ? try client.committed(by: groupID).keys.sorted() : try TopicSelection.partitions(of: topics, client)
        guard !partitions.isEmpty else { throw CommandFailure("group \(groupID) has no positions") }
        let plan = try OffsetPlan(target, of: groupID, partitions, client, now: context.clock.now())
        if isExecuted {
            try client.requireInactive(groupID)
            try client.commit(plan.changes, of: groupID)
        } else {
            context.console.note("This is the plan; --execute carries it out.")
        }
        let report = Report(
            plan.table.text,
            json: ["group": JSON(groupID), "executed": .bool(isExecuted), "partitions": plan.json])
        return context.show(report, asJSON: connection.isJSON)
    }
}

/// The options that say where positions go; exactly one of them may be given.
enum OffsetTargetOptions {
    static let toEarliest = Flag("to-earliest", "To the first record of the log.")
    static let toLatest = Flag("to-latest", "Behind the last record.")
    static let toOffset = Option("to-offset", "N", ValueKind<Int64>.number(0...Int64.max), "To this offset.")
    static let toDateTime = Option(
        "to-datetime", "TIME", .dateTime, "To the first record of this time or later, by timestamps; UTC.")
    static let shiftBy = Option(
        "shift-by", "N", ValueKind<Int64>.number(Int64.min...Int64.max), "So many records forth; back with a minus.")
    static let byDuration = Option(
        "by-duration", "TIME", .duration, "To the first record that is not older than this: 1h, PT1H30M.")

    static let parameters: [any Parameter] = [toEarliest, toLatest, toOffset, toDateTime, shiftBy, byDuration]

    static var names: String { parameters.map { "--\($0.declaration.name)" }.joined(separator: ", ") }

    static func target(_ arguments: ParsedArguments) throws(UsageError) -> OffsetTarget? {
        switch try arguments.onlyOne(of: parameters) {
        case toEarliest.declaration.name: return .earliest
        case toLatest.declaration.name: return .latest
        case toOffset.declaration.name: return .offset(try arguments.value(toOffset))
        case toDateTime.declaration.name: return .time(try arguments.value(toDateTime))
        case shiftBy.declaration.name: return .shift(try arguments.value(shiftBy))
        case byDuration.declaration.name: return .duration(try arguments.value(byDuration))
        default: return nil
        }
    }
}

extension ClusterClient {
    /// Positions of a group with members are theirs to set.
    func requireInactive(_ group: String) throws {
        do {
            let description = try self.group(group)
            guard description.isInactive else {
                throw CommandFailure(
                    """
                    group \(group) has \(description.members.count) members (\(description.state)); \
                    stop them, then try again
                    """)
            }
        } catch ClientError.refused(.groupIDNotFound, _, _) {
            return
        }
    }
}
