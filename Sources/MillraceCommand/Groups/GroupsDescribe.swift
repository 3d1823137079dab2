internal import MillraceClient
internal import MillraceCore

/// `groups describe`: positions, lag and members. Does I/O when run.
struct GroupsDescribe: Command {
    private static let group = Argument("GROUP", .text, isRepeated: true, "Names of the groups.")
    private static let members = Flag("members", "Show members and what they are assigned, not positions.")
    private static let isolation = Option(
        "isolation", "LEVEL", .choice("read-uncommitted", "read-committed"),
        presence: .defaults(to: "read-uncommitted"),
        "Which end of a partition the lag counts to.")

    static let declaration = CommandDeclaration(
        "groups describe", "Show positions, lag and members of groups",
        parameters: [group, members, isolation] + ConnectionOptions.parameters,
        examples: [
            .init("Positions and lag", "millrace groups describe counters"),
            .init("Who reads what", "millrace groups describe counters --members"),
            .init("The whole lag, for a machine", "millrace groups describe counters --json | jq '.[0].lag'"),
        ])

    let groups: [String]
    let showsMembers: Bool
    let isolationLevel: IsolationLevel
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        groups = try arguments.all(Self.group)
        showsMembers = arguments.isSet(Self.members)
        isolationLevel = try arguments.value(Self.isolation) == "read-committed" ? .readCommitted : .readUncommitted
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        let client = try connection.client()
        var text = ""
        var json: [JSON] = []
        for id in groups {
            let group = try client.group(id)
            let positions = try GroupPositions(of: group, client, isolation: isolationLevel)
            if !text.isEmpty { text += "\n" }
            text += Self.head(group, positions) + (showsMembers ? Self.members(group) : positions.table).text
            json.append(Self.json(group, positions))
        }
        return context.show(Report(text, json: .array(json)), asJSON: connection.isJSON)
    }

    private static func head(_ group: GroupDescription, _ positions: GroupPositions) -> String {
        let assignor = group.assignor.isEmpty ? "" : ", assignor \(group.assignor)"
        return "Group \(group.id), \(group.state), \(group.type)\(assignor), \(group.members.count) members, "
            + "lag \(positions.totalLag)\n"
    }

    private static func members(_ group: GroupDescription) -> Table {
        var table = Table("MEMBER", "INSTANCE", "CLIENT", "HOST", "PARTITIONS")
        for member in group.members {
            table.append(
                member.id, member.instanceID ?? "", member.clientID, member.host,
                member.partitions.map { "\($0)" }.joined(separator: " "))
        }
        return table
    }

    private static func json(_ group: GroupDescription, _ positions: GroupPositions) -> JSON {
        [
            "group": JSON(group.id), "state": JSON(group.state), "type": JSON(group.type),
            "assignor": JSON(group.assignor), "lag": JSON(positions.totalLag), "partitions": positions.json,
            "members": .array(
                group.members.map { member in
                    [
                        "id": JSON(member.id), "instanceId": JSON(member.instanceID),
                        "clientId": JSON(member.clientID), "host": JSON(member.host),
                        "partitions": .array(
                            member.partitions.map {
                                ["topic": JSON($0.topic), "partition": JSON($0.partition)]
                            }),
                    ]
                }),
        ]
    }
}

/// Where a group stands in each partition that it has committed or is assigned.
struct GroupPositions {
    struct Row {
        var partition: TopicPartition
        var committed: Int64?
        var end: Int64?
        var member: GroupDescription.Member?
        var lag: Int64? { committed.flatMap { committed in end.map { max(0, $0 - committed) } } }
    }
    let rows: [Row]

    init(of group: GroupDescription, _ client: ClusterClient, isolation: IsolationLevel) throws {
        let committed = try client.committed(by: group.id)
        var owners: [TopicPartition: GroupDescription.Member] = [:]
        for member in group.members {
            for partition in member.partitions { owners[partition] = member }
        }
        let partitions = Set(committed.keys).union(owners.keys)
        // Topics may have been deleted since; their positions are shown without an end.
        let topics = Set(try client.topics().map(\.name))
        let there = partitions.filter { topics.contains($0.topic) }
        let ends = try client.offsets(
            Dictionary(uniqueKeysWithValues: there.map { ($0, .latest) }), isolation: isolation)
        rows = partitions.sorted().map {
            Row(partition: $0, committed: committed[$0]?.offset, end: ends[$0], member: owners[$0])
        }
    }

    var totalLag: Int64 { rows.compactMap(\.lag).reduce(0, +) }

    var table: Table {
        var table = Table("TOPIC", "PARTITION", "POSITION", "END", "LAG", "MEMBER", "HOST")
        for row in rows {
            table.append(
                row.partition.topic, "\(row.partition.partition)", row.committed.map { "\($0)" } ?? "",
                row.end.map { "\($0)" } ?? "", row.lag.map { "\($0)" } ?? "", row.member?.id ?? "",
                row.member?.host ?? "")
        }
        return table
    }

    var json: JSON {
        .array(
            rows.map {
                [
                    "topic": JSON($0.partition.topic), "partition": JSON($0.partition.partition),
                    "position": JSON($0.committed), "endOffset": JSON($0.end), "lag": JSON($0.lag),
                    "member": JSON($0.member?.id),
                ]
            })
    }
}
