/// Time windows as a plain fold over the complete input of one partition after another: what the operators must come
/// to, by the rules (SEMANTICS C1–C3, D4, D5) and without their code. Pure.
struct WindowOracle {
    struct Row: Hashable {
        var value: Int64
        var time: Int64
    }

    var size: Int64
    var advance: Int64
    var grace: Int64
    var partitions: Int32
    /// The value of a row with one more record.
    var fold: (Int64?, Int64?) -> Int64

    /// Rows of all windows, by name.
    private(set) var rows: [String: Row] = [:]
    /// Each row as it was after each record.
    private(set) var history: [String: [String]] = [:]
    /// Records that came too late, counted once for each window.
    private(set) var late = 0
    /// Rows of windows that are over at the end.
    private(set) var closed: [String: Int64] = [:]

    init(
        size: Int64, advance: Int64, grace: Int64, partitions: Int32, _ events: [Event],
        fold: @escaping (Int64?, Int64?) -> Int64
    ) {
        self.size = size
        self.advance = advance
        self.grace = grace
        self.partitions = partitions
        self.fold = fold
        for partition in 0..<partitions { take(events.filter { $0.partition(of: partitions) == partition }) }
    }

    private mutating func take(_ events: [Event]) {
        var now: Int64 = -1
        var ends: [String: Int64] = [:]
        for event in events {
            now = max(now, event.time)
            for start in stride(from: Int64(0), through: event.time, by: Int(advance)) where start + size > event.time {
                let end = start + size
                guard end > now - grace else {
                    late += 1
                    continue
                }
                let name = "\(event.key)@\(start)-\(end)"
                let row = Row(
                    value: fold(rows[name]?.value, event.value), time: max(rows[name]?.time ?? 0, event.time))
                rows[name] = row
                ends[name] = end
                history[name, default: []].append("\(row.value)@\(row.time)")
            }
        }
        for (name, end) in ends where end <= now - grace { closed[name] = rows[name]?.value }
    }
}
