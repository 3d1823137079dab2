/// Days, weeks and months in a time zone. A window begins when the clocks of the zone first show its date or a later
/// one, and ends where the next begins; so windows follow each other without a gap whatever the clocks do, and the end
/// follows from the start. Our own addition to Kafka Streams' windows. Pure.
@usableFromInline
struct CalendarWindows: Hashable, WindowShape {
    let unit: CalendarUnit
    let zone: ZoneTransitions

    @usableFromInline
    init(unit: CalendarUnit, zone: ZoneTransitions) {
        self.unit = unit
        self.zone = zone
    }

    /// A day more than the unit has by the calendar: so much do clocks change at most, at the date line.
    var longestMilliseconds: Int64 {
        switch unit {
        case .day: 2 * CivilDate.dayMilliseconds
        case .week: 8 * CivilDate.dayMilliseconds
        case .month: 32 * CivilDate.dayMilliseconds
        }
    }

    /// The year 275,760: what comes later is not cut any more.
    private static let lastTime: Int64 = 8_640_000_000_000_000

    /// No window starts before the epoch: the first is shorter.
    @usableFromInline
    func firstStart(containing time: Int64) -> Int64? {
        if time >= CalendarWindows.lastTime { return CalendarWindows.lastTime }
        return max(0, startOfUnit(unitIndex(containing: time)))
    }

    @usableFromInline
    func lastStart(containing time: Int64) -> Int64 { firstStart(containing: time) ?? 0 }

    @usableFromInline
    func start(after start: Int64) -> Int64? { end(ofWindowFrom: start) }

    @usableFromInline
    func end(ofWindowFrom start: Int64) -> Int64? {
        if start >= CalendarWindows.lastTime { return nil }
        return startOfUnit(unitIndex(containing: start) + 1)
    }

    /// The number of the unit that `time` falls into, counted from any fixed one.
    private func unitIndex(containing time: Int64) -> Int64 {
        var index = unitIndex(ofDay: CivilDate.floorDivision(zone.localTime(at: time), CivilDate.dayMilliseconds))
        // Clocks that were turned back over midnight show a date that is over.
        while startOfUnit(index + 1) <= time { index += 1 }
        return index
    }

    private func startOfUnit(_ index: Int64) -> Int64 {
        zone.firstTime(showing: firstDay(ofUnit: index) * CivilDate.dayMilliseconds)
    }

    /// Days are counted from 1970-01-01, a Thursday.
    private func unitIndex(ofDay day: Int64) -> Int64 {
        switch unit {
        case .day: return day
        case .week(let firstDay): return CivilDate.floorDivision(day - firstDay.daysAfterThursday, 7)
        case .month:
            let date = CivilDate(day: day)
            return date.year * 12 + (date.month - 1)
        }
    }

    private func firstDay(ofUnit index: Int64) -> Int64 {
        switch unit {
        case .day: return index
        case .week(let firstDay): return index * 7 + firstDay.daysAfterThursday
        case .month:
            let year = CivilDate.floorDivision(index, 12)
            return CivilDate.day(year: year, month: index - year * 12 + 1)
        }
    }
}

/// What calendar windows are cut into.
public enum CalendarUnit: Hashable, Sendable {
    /// From midnight to midnight.
    case day
    /// Seven days from a day of the week on.
    case week(startingOn: Weekday)
    /// From the first of the month on.
    case month
}

/// A day of the week.
public enum Weekday: Int64, Hashable, Sendable, CaseIterable {
    /// Monday, day 1 of ISO 8601.
    case monday = 1
    /// Tuesday, day 2 of ISO 8601.
    case tuesday
    /// Wednesday, day 3 of ISO 8601.
    case wednesday
    /// Thursday, day 4 of ISO 8601.
    case thursday
    /// Friday, day 5 of ISO 8601.
    case friday
    /// Saturday, day 6 of ISO 8601.
    case saturday
    /// Sunday, day 7 of ISO 8601.
    case sunday

    fileprivate var daysAfterThursday: Int64 { rawValue - 4 }
}
