internal import MillraceClient
internal import MillraceCore

/// `topics trim`: forgets the first records of partitions (KIP-107). Does I/O when run.
struct TopicsTrim: Command {
    private static let partitions = Argument(
        "TOPIC", .partitions, isRepeated: true, "Topics, or some of their partitions: lines:0,2.")
    private static let before = Option(
        "before", "OFFSET", .trimPoint, presence: .required, "The first offset that is kept; end for none.")

    static let declaration = CommandDeclaration(
        "topics trim", "Delete the first records of partitions",
        parameters: [partitions, before] + ConnectionOptions.parameters,
        examples: [
            .init("What comes before offset 42 of partition 0", "millrace topics trim lines:0 --before 42"),
            .init("Everything there is in a topic", "millrace topics trim lines --before end"),
        ])

    let selections: [TopicSelection]
    let point: Int64
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        selections = try arguments.all(Self.partitions)
        point = try arguments.value(Self.before)
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        let client = try connection.client()
        let words = point < 0 ? "all records deleted" : "records before \(point) deleted"
        let outcomes = try TopicSelection.partitions(of: selections, client).map { partition in
            do throws(ClientError) {
                try client.deleteRecords(before: point, in: partition)
                return Outcome(subject: "\(partition)", done: words)
            } catch {
                return Outcome(subject: "\(partition)", done: words, failure: "\(error)")
            }
        }
        return context.show(Report(outcomes), asJSON: connection.isJSON)
    }
}

extension ValueKind where Value == Int64 {
    /// -1, which Kafka's protocol has for the end, or an offset.
    static let trimPoint = ValueKind("an offset, or end") { text in
        text == "end" ? -1 : Int64(text).flatMap { $0 >= 0 ? $0 : nil }
    }
}
