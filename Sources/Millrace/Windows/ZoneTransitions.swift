/// What the clocks of a time zone show: an offset from UTC, and when it changes. Plain numbers, so that windows need no
/// time zone database on the record path; `ZoneTransitions(_: TimeZone)` takes them from Foundation's once, when the
/// topology is described. Pure.
public struct ZoneTransitions: Hashable, Sendable {
    /// The zone's name, for texts.
    public let identifier: String
    /// When an offset begins to hold, ascending; the first holds from the beginning of time.
    private let begins: [Int64]
    private let offsets: [Int64]

    /// - Parameters:
    ///   - offset: from UTC, before the first change.
    ///   - changes: in the order of their times.
    ///   - identifier: the name of the zone.
    public init(identifier: String, offset: Duration, changes: [(time: Timestamp, offset: Duration)] = []) {
        self.identifier = identifier
        begins = [.min] + changes.map(\.time.millisecondsSinceEpoch)
        offsets = [offset.wholeMilliseconds] + changes.map(\.offset.wholeMilliseconds)
        for (earlier, later) in zip(begins, begins.dropFirst()) {
            precondition(earlier < later, "zone \(identifier): a change at \(later) ms follows one at \(earlier) ms")
        }
    }

    /// Coordinated universal time.
    public static let utc = ZoneTransitions(identifier: "UTC", offset: .zero)

    /// What the clocks show at `time`, as if they showed UTC.
    func localTime(at time: Int64) -> Int64 { time + offsets[place(of: time)] }

    /// The first moment at which the clocks show `localTime` or more.
    func firstTime(showing localTime: Int64) -> Int64 {
        // Offsets are below 26 hours everywhere, so the clocks do not show it that early.
        var place = place(of: localTime - 93_600_000)
        while true {
            let time = max(begins[place], localTime - offsets[place])
            if place + 1 == begins.count || time < begins[place + 1] { return time }
            place += 1
        }
    }

    /// The last offset that begins to hold at `time` or before.
    private func place(of time: Int64) -> Int {
        var low = 0
        var high = begins.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if begins[middle] <= time { low = middle } else { high = middle }
        }
        return low
    }
}
