import ChatAnalyticsKit

/// Who has which tasks. Pure: members in, text out.
enum AssignmentTable {
    struct Row {
        var name: String
        var pid: Int32
        var status: InstanceStatus
    }

    static func lines(_ rows: [Row], killed: [String]) -> [String] {
        var table = TextTable(
            "Who has which tasks (sub-topology_partition)",
            [
                .text("instance"), .text("state"), .number("records"), .text("runs"), .text("restores"),
                .text("keeps warm"),
            ])
        for row in rows {
            let status = row.status
            table.append(
                "\(row.name), process \(row.pid)", status.state, grouped(status.processedRecords),
                list(status.active), list(status.restoring), list(status.standby))
        }
        for name in killed { table.append(name, "killed", "", "", "", "") }
        return table.lines
    }

    private static func list(_ tasks: [String]) -> String { tasks.isEmpty ? "–" : tasks.joined(separator: " ") }
}
