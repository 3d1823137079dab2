/// What an instance tells the one who started it: a line of JSON on its standard output. Plain values.
enum InstanceReport: Codable, Equatable, Sendable {
    case status(InstanceStatus)
    /// The answer to the word "totals" on its standard input.
    case totals(InstanceTotals)
}

/// Where an instance stands.
struct InstanceStatus: Codable, Equatable, Sendable {
    var state: String
    /// Tasks that it runs, those aside that still restore.
    var active: [String] = []
    var restoring: [String] = []
    /// Tasks that it keeps warm for others.
    var standby: [String] = []
    var processedRecords = 0
    /// How often the group was rebalanced, as this instance has seen it.
    var rebalances = 0
}
