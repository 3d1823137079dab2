public import Foundation

// Where time zones come from: the database behind Foundation's `TimeZone` is read once, when windows are described.

extension ZoneTransitions {
    /// The offsets of `timeZone` from 1970 to 2100; later the last one holds. Takes some milliseconds.
    public init(_ timeZone: TimeZone) {
        func offset(at seconds: Int64) -> Int64 {
            Int64(timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds))))
        }
        // No zone has changed its offset and changed it back within two days.
        let step: Int64 = 2 * 86_400
        let end: Int64 = 4_102_444_800
        var changes: [(time: Timestamp, offset: Duration)] = []
        let first = offset(at: 0)
        var known = (time: 0 as Int64, offset: first)
        while known.time < end {
            let next = (time: known.time + step, offset: offset(at: known.time + step))
            if next.offset != known.offset {
                var (before, after) = (known.time, next.time)
                while after - before > 1 {
                    let middle = (before + after) / 2
                    if offset(at: middle) == known.offset { before = middle } else { after = middle }
                }
                changes.append((Timestamp(after * 1_000), .seconds(next.offset)))
            }
            known = next
        }
        self.init(identifier: timeZone.identifier, offset: .seconds(first), changes: changes)
    }
}

extension TimeWindows {
    /// Days, weeks or months as the clocks of `timeZone` show them; a day on which they are changed has 23 or 25 hours.
    ///
    ///     let berlin = TimeZone(identifier: "Europe/Berlin") ?? .gmt
    ///     stream.groupByKey().windowed(by: .calendar(.day, in: berlin, grace: .seconds(3_600))).count()
    ///
    /// The zone's rules are taken from the system when this is called: instances of one application should have the
    /// same ones, or they disagree about the windows. Takes some milliseconds.
    public static func calendar(_ unit: CalendarUnit, in timeZone: TimeZone, grace: Duration) -> TimeWindows {
        calendar(unit, in: ZoneTransitions(timeZone), grace: grace)
    }
}
